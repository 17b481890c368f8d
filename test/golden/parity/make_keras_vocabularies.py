"""Writes small files of real Keras whose layers keep vocabularies beside the weights (`assets/`), with inputs and predictions: `keras-files/`.

Layers of text need TensorFlow beside Keras:

    KERAS_BACKEND=tensorflow python test/golden/parity/make_keras_vocabularies.py
"""

import base64
import json
import pathlib

import numpy as np

from keras_archives import packed, shuffle_weights

import keras
from keras import layers as L

FILES = pathlib.Path(__file__).parent / "keras-files"
TEXTS = ["The cat sat", "a cat", "Émile, the cat! naïve 猫 猫"]
models = {}
random = np.random.default_rng(20261125)


def normals(*shape, scale=1.0):
    return (random.standard_normal(shape) * scale).astype(np.float32)


def array(x):
    kind = "f32" if x.dtype.kind == "f" else "i32"
    return {"dtype": kind, "shape": list(x.shape), "data": base64.b64encode(x.astype("<f4" if kind == "f32" else "<i4").tobytes()).decode()}


def model(name, layers, inputs):
    """A model, saved, and what it predicts."""
    made = layers if isinstance(layers, keras.Model) else keras.Sequential(layers, name=name)
    # Normalization goes on with the figures that it had before its weights were changed.
    if name != "tables":
        shuffle_weights(made, normals)
    path = FILES / f"{name}.keras"
    made.save(path)
    packed(path)
    given = [keras.ops.convert_to_tensor(x) for x in inputs]
    outputs = made(given[0] if len(given) == 1 else given, training=False)
    leaves = outputs if isinstance(outputs, list) else [outputs]
    encoded = [x.tolist() if x.dtype.kind == "U" else array(x) for x in map(np.array, inputs)]
    models[path.name] = {"inputs": encoded, "outputs": [array(keras.ops.convert_to_numpy(x)) for x in leaves]}
    keras.utils.clear_session()


def text(**options):
    layer = L.TextVectorization(**options)
    if options.get("vocabulary") is None:
        layer.adapt(TEXTS)
    return layer


strings = lambda *shape: keras.Input(shape, dtype="string")
asked = [["the cat"], ["naïve 猫 dog"]]

model("text-indices", [strings(1), text(output_sequence_length=4), L.Embedding(12, 3), L.GlobalAveragePooling1D(), L.Dense(2)], [asked])
model("text-frequencies", [strings(1), text(output_mode="tf_idf", ngrams=2), L.Dense(2)], [asked])
model("text-given", [strings(1), text(output_mode="count", vocabulary=["cat", "the", "猫"]), L.Dense(2)], [asked])
words = L.StringLookup(mask_token="", num_oov_indices=2)
words.adapt([["x", "y"], ["y", "z"]])
model("words", [strings(2), words, L.Embedding(7, 2), L.Flatten(), L.Dense(2)], [[["x", "q"], ["", "y"]]])

codes = L.IntegerLookup(num_oov_indices=2)
codes.adapt(np.array([[5, 5, -7], [12, 5, -7]]))
weighed = L.IntegerLookup(output_mode="tf_idf")
weighed.adapt(np.array([[5, 5, -7], [12, 5, -7]]))
given = L.IntegerLookup(vocabulary=[3, 4, 5], output_mode="multi_hot")
x, y = keras.Input((3,), dtype="int32"), keras.Input((3,), dtype="int32")
both = L.Concatenate()([L.Flatten()(L.Embedding(8, 2)(codes(x))), weighed(x), given(y)])
numbers = [np.array([[5, 12, 7], [-7, 0, 5]], "int32"), np.array([[3, 4, 9], [5, 5, 5]], "int32")]
model("codes", keras.Model([x, y], L.Dense(2)(both), name="codes"), numbers)

data = normals(50, 3)
normalized, bins = L.Normalization(), L.Discretization(num_bins=4, output_mode="one_hot")
normalized.adapt(data)
bins.adapt((data - data.mean(0)) / data.std(0))
model("tables", [keras.Input((3,)), normalized, bins], [data[:4]])

lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in models.items())
(FILES / "vocabularies.json").write_text(f'{{"made": "Keras {keras.__version__}, {keras.backend.backend()} backend", "files": {{\n{lines}\n}}}}\n')
print(", ".join(f"{name} {(FILES / name).stat().st_size} bytes" for name in models))
