"""Writes layers-core.json: dense, embedding, masking and their kin. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

import numpy as np

from arrays import Golden, integers, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-core")

layer_case(golden, "keras.layers.Dense", "linear", lambda: L.Dense(3), [numbers(4, 5)])
layer_case(golden, "keras.layers.Dense", "relu on a sequence, no bias", lambda: L.Dense(3, activation="relu", use_bias=False), [numbers(2, 4, 5)])
layer_case(
    golden,
    "keras.layers.Dense",
    "softmax with rules",
    lambda: L.Dense(
        4,
        activation="softmax",
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        kernel_regularizer=keras.regularizers.L2(0.1),
        bias_regularizer="l1",
        kernel_constraint=keras.constraints.MaxNorm(2),
        bias_constraint="non_neg",
    ),
    [numbers(4, 5)],
)
layer_case(golden, "keras.layers.Embedding", "indices", lambda: L.Embedding(7, 3), [integers(2, 4, high=7)])
layer_case(golden, "keras.layers.Embedding", "mask of zeros", lambda: L.Embedding(7, 3, mask_zero=True), [np.array([[1, 2, 0], [3, 0, 0]], np.int32)])
layer_case(golden, "keras.layers.ReversibleEmbedding", "forward", lambda: L.ReversibleEmbedding(7, 3), [integers(2, 4, high=7)])
layer_case(golden, "keras.layers.ReversibleEmbedding", "reverse, soft cap", lambda: L.ReversibleEmbedding(7, 3, logit_soft_cap=2.0), [numbers(2, 4, 3)], options={"reverse": True})
layer_case(golden, "keras.layers.ReversibleEmbedding", "reverse, own table", lambda: L.ReversibleEmbedding(7, 3, tie_weights=False), [numbers(2, 4, 3)], options={"reverse": True})
layer_case(golden, "keras.layers.Identity", "x", lambda: L.Identity(), [numbers(2, 3)])
layer_case(golden, "keras.layers.Masking", "value 0", lambda: L.Masking(), [np.array([[[1, 2], [0, 0], [3, 0]], [[0, 0], [0, 1], [0, 0]]], np.float32)])
layer_case(golden, "keras.layers.Masking", "value 9", lambda: L.Masking(mask_value=9.0), [np.array([[[1, 2], [9, 9], [3, 9]]], np.float32)])
layer_case(golden, "keras.layers.Activation", "gelu", lambda: L.Activation("gelu"), [numbers(2, 5)])
golden.write()
