"""Writes layers-attention.json: attention and dense layers by Einstein's summation. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

import numpy as np

from arrays import Golden, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-attention")


def case(name, what, make, inputs, **options):
    layer_case(golden, f"keras.layers.{name}", what, make, inputs, **options)


x, y, z = numbers(2, 3, 4), numbers(2, 5, 4), numbers(2, 5, 4)
some = np.array([[[1, 1, 0, 1, 0], [1, 0, 0, 1, 1], [0, 1, 1, 1, 1]], [[1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [1, 0, 1, 0, 1]]], bool)

case("EinsumDense", "sequence with bias", lambda: L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d"), [x])
case("EinsumDense", "two output axes, relu", lambda: L.EinsumDense("abc,cde->abde", (None, 3, 2), bias_axes="de", activation="relu"), [x])
case("EinsumDense", "ellipsis before", lambda: L.EinsumDense("...x,xy->...y", 3, bias_axes="y"), [x])
case("EinsumDense", "ellipsis after", lambda: L.EinsumDense("ab...,bc->ac...", (2, None), bias_axes="c"), [x])
case("Attention", "dot", lambda: L.Attention(), [x, y])
case("Attention", "dot, scale, key", lambda: L.Attention(use_scale=True), [x, y, z])
case("Attention", "concat, scale", lambda: L.Attention(use_scale=True, score_mode="concat"), [x, y])
case("Attention", "causal, scores", lambda: L.Attention(), [y, z], options={"use_causal_mask": True, "return_attention_scores": True})
case("AdditiveAttention", "scale", lambda: L.AdditiveAttention(), [x, y])
case("AdditiveAttention", "no scale, key", lambda: L.AdditiveAttention(use_scale=False), [x, y, z])


def heads(make):
    """The layer, taking [query, value(, key)] as a list."""

    def made():
        layer = make()
        call = layer.__class__.__call__

        class Listed(layer.__class__):
            def __call__(self, inputs, **options):
                query, value, *key = inputs if isinstance(inputs, list) else [inputs, inputs]
                return call(self, query, value, *key, **options)

        Listed.__name__ = layer.__class__.__name__
        layer.__class__ = Listed
        return layer

    return made


MHA, GQA = L.MultiHeadAttention, L.GroupQueryAttention
case("MultiHeadAttention", "self", heads(lambda: MHA(2, 3)), [x])
case("MultiHeadAttention", "query and value, no bias, value size", heads(lambda: MHA(2, 3, value_dim=2, use_bias=False)), [x, y])
case("MultiHeadAttention", "key, output shape", heads(lambda: MHA(2, 3, output_shape=5)), [x, y, z])
case("MultiHeadAttention", "causal", heads(lambda: MHA(2, 3)), [y], options={"use_causal_mask": True})
case("MultiHeadAttention", "attention mask", heads(lambda: MHA(2, 3)), [x, y], options={"attention_mask": some})
case("MultiHeadAttention", "attention mask and scores", heads(lambda: MHA(2, 3)), [x, y], options={"attention_mask": some, "return_attention_scores": True})
case("MultiHeadAttention", "sliding window, causal", heads(lambda: MHA(2, 3, sliding_window=2)), [y], options={"use_causal_mask": True})
case("MultiHeadAttention", "gate", heads(lambda: MHA(2, 3, use_gate=True)), [x])
case("MultiHeadAttention", "one of two axes", heads(lambda: MHA(2, 3, attention_axes=(2,))), [numbers(2, 2, 3, 4)])
case("MultiHeadAttention", "two axes", heads(lambda: MHA(2, 3)), [numbers(1, 2, 3, 4)])
case("GroupQueryAttention", "self", heads(lambda: GQA(3, 4, 2)), [x])
case("GroupQueryAttention", "mask, key, no bias", heads(lambda: GQA(3, 4, 2, use_bias=False)), [x, y, z], options={"attention_mask": some})
case("GroupQueryAttention", "scores, causal, gate", heads(lambda: GQA(3, 4, 1, use_gate=True)), [y], options={"use_causal_mask": True, "return_attention_scores": True})
golden.write()
