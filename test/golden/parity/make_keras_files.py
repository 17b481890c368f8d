"""Writes small files of real Keras, with inputs and predictions, for the tests of what reads them: `keras-files/`.

    KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_keras_files.py
"""

import json

import numpy as np

from arrays import FOLDER, array, integers, normals
from keras_archives import packed, shuffle_weights

import h5py
import keras
from keras import layers as L
import ml_dtypes

FILES = FOLDER / "keras-files"
FILES.mkdir(exist_ok=True)
models = {}


def note(name, model, inputs):
    """Inputs and predictions of a file."""
    as_list = inputs if isinstance(inputs, list) else [inputs]
    outputs = model(inputs, training=False)
    leaves = list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, list) else [outputs]
    models[name] = {
        "inputs": [array(x) for x in as_list],
        "outputs": [array(x) for x in leaves],
        "layers": [layer.name for layer in model.layers],
        "weights": [w.path for w in model.weights],
    }


def mlp():
    keras.utils.clear_session()
    model = keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(5, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            L.BatchNormalization(),
            L.Dropout(0.25),
            L.Dense(3, activation="softmax"),
        ],
        name="mlp",
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def cnn():
    keras.utils.clear_session()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            L.Conv2D(3, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.SeparableConv2D(4, 3),
            L.LayerNormalization(),
            L.DepthwiseConv2D(2, depth_multiplier=2),
            L.GlobalAveragePooling2D(),
            L.Dense(2, kernel_constraint="max_norm", bias_initializer=keras.initializers.Constant(0.5)),
        ],
        name="cnn",
    )
    return model


def recurrent():
    keras.utils.clear_session()
    model = keras.Sequential(
        [
            keras.Input((6,), dtype="int32"),
            L.Embedding(10, 4, mask_zero=True),
            L.Bidirectional(L.LSTM(3, return_sequences=True)),
            L.GRU(3, return_sequences=True),
            L.TimeDistributed(L.Dense(4, activation="tanh")),
            L.RNN([L.SimpleRNNCell(3), L.LSTMCell(2)]),
            L.Dense(2),
        ],
        name="recurrent",
    )
    return model


def attention():
    keras.utils.clear_session()
    tokens = keras.Input((5, 6), name="tokens")
    facts = keras.Input((6,), name="facts")
    shared = L.Dense(6, name="shared")
    x, y = shared(tokens), shared(facts)
    attended = L.MultiHeadAttention(2, 3, dropout=0.1, name="attention")(x, x, use_causal_mask=True)
    h = L.LayerNormalization(name="normed")(L.Add(name="residual")([x, attended]))
    pooled = L.GlobalAveragePooling1D(name="pooled")(h)
    both = L.Concatenate(name="both")([pooled, y])
    kind = L.Dense(2, activation="softmax", name="kind")(both)
    size = L.Dense(1, name="size")(both)
    return keras.Model([tokens, facts], [kind, size], name="attention_model")


def nested():
    keras.utils.clear_session()
    x = keras.Input((4,), name="x")
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="relu"), L.Dense(4)], name="inner")
    a = keras.Input((4,), name="a")
    block = keras.Model(a, L.Add()([a, L.Dense(4)(a)]), name="block")
    return keras.Model(x, L.Dense(2, name="head")(block(inner(block(x)))), name="nested")


def lengths():
    keras.utils.clear_session()
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            L.Embedding(10, 4),
            L.Conv1D(3, 2, padding="same", activation="relu"),
            L.GlobalMaxPooling1D(),
            L.Dense(2),
        ],
        name="lengths",
    )


makers = {
    "mlp": (mlp, lambda: normals(3, 4)),
    "cnn": (cnn, lambda: normals(2, 8, 8, 2)),
    "recurrent": (recurrent, lambda: integers(3, 6)),
    "attention": (attention, lambda: [normals(2, 5, 6), normals(2, 6)]),
    "nested": (nested, lambda: normals(3, 4)),
    "lengths": (lengths, lambda: integers(3, 5)),
}


def hostile():
    """HDF5 files with what readers must convert, and with what they must refuse."""
    with h5py.File(FILES / "kinds.h5", "w") as f:
        f.create_dataset("bf16", data=np.array([1, 2, 3], ml_dtypes.bfloat16)).attrs["dtype"] = "bfloat16"
        f.create_dataset("f16", data=np.array([1, 2.5], np.float16))
        f.create_dataset("bool", data=np.array([True, False]))
        f.create_dataset("big_endian", data=np.array([1, 2.5], ">f4"))
        f.create_dataset("gzip", data=np.arange(10, dtype="float32"), compression="gzip")
        f.create_dataset("text", data=["a", "bc"])
        f.attrs["names"] = [b"a", b"bcd"]
        f.attrs["count"] = 3
    with h5py.File(FILES / "link.h5", "w") as f:
        f["out"] = h5py.ExternalLink("other.h5", "/x")
    with h5py.File(FILES / "cycle.h5", "w") as f:
        f["again"] = f["/"]
    with h5py.File(FILES / "bomb.h5", "w") as f:
        f.create_dataset("zeros", shape=(2**40,), chunks=(1024,), compression="gzip", dtype="f4")
    with h5py.File(FILES / "many-bombs.h5", "w") as f:
        for i in range(5):
            f.create_dataset(f"zeros{i}", shape=(2**22,), dtype="f4")
    with h5py.File(FILES / "mirrors.h5", "w") as f:
        group = f
        for i in range(20):
            inner = f.create_group(f"group{i}")
            group["a"], group["b"] = inner, inner
            group = inner
    with h5py.File(FILES / "virtual.h5", "w") as f:
        layout = h5py.VirtualLayout(shape=(3,), dtype="f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", shape=(3,))
        f.create_virtual_dataset("x", layout)


for name, (make, data) in makers.items():
    model = make()
    inputs = data()
    if name == "mlp":
        model.fit(inputs, np.eye(3, dtype="float32"), epochs=2, verbose=0)
    shuffle_weights(model, normals)
    model.save(FILES / f"{name}.keras")
    packed(FILES / f"{name}.keras")
    note(f"{name}.keras", model, inputs)
    if name in ("mlp", "attention"):
        model.save_weights(FILES / f"{name}.weights.h5")
        models[f"{name}.weights.h5"] = models[f"{name}.keras"]
        model.save(FILES / f"{name}.h5")
        models[f"{name}.h5"] = models[f"{name}.keras"]
hostile()
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in models.items())
(FILES / "predictions.json").write_text(f'{{"made": "Keras {keras.__version__}, {keras.backend.backend()} backend", "files": {{\n{lines}\n}}}}\n')
print(", ".join(f"{path.name} {path.stat().st_size // 1024} kB" for path in sorted(FILES.iterdir())))
