"""Goldens of training: models of Keras, fitted for a few epochs in a fixed order; what is reported and the weights that remain.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_training.py
The models are built once more in training-models.ts. Every case has "initial" and "final" (weights by layer, in Keras's order within it), "data",
and "history" (lists by Keras's names).
"""

from arrays import Golden, array, integers, normals, numbers

import numpy as np
import keras
from keras import layers, ops, regularizers

keras.config.set_floatx("float64")
golden = Golden("training")


def initial(model):
    """Seeded values for all weights, so that nothing depends on how a library draws them."""
    for layer in model.layers:
        layer.set_weights([_initial(variable) for variable in layer.weights])


def _initial(variable):
    if "variance" in variable.name:
        return np.abs(normals(*variable.shape)) + 0.5
    return normals(*variable.shape, scale=0.4)


def weights(model):
    return {layer.name: [array(np.asarray(w)) for w in layer.get_weights()] for layer in model.layers if layer.weights}


def arrays(data):
    return {name: array(value) for name, value in data.items()}


def add(case, model, data, run):
    """One case: `run` gives what is reported, a dict of lists."""
    initial(model)
    before = weights(model)
    report = run(model)
    golden.add("keras.Model", case, initial=before, data=arrays(data), history={k: [float(x) for x in v] for k, v in report.items()}, final=weights(model))


def two_outputs():
    a = keras.Input((6,), name="a")
    b = keras.Input((4,), name="b")
    x = layers.Dense(8, activation="relu", kernel_regularizer=regularizers.L2(0.01), name="left")(a)
    x = layers.BatchNormalization(momentum=0.8, name="norm")(x)
    z = layers.Dense(8, activation="tanh", bias_regularizer=regularizers.L1(0.02), name="right")(b)
    both = layers.Concatenate(name="both")([x, z])
    kind = layers.Dense(3, activation="softmax", name="kind")(both)
    score = layers.Dense(1, name="score_out")(both)
    return keras.Model([a, b], [kind, score])


count = 27
data = {
    "a": numbers(count, 6),
    "b": numbers(count, 4),
    "kind": integers(count, high=3),
    "score": numbers(count, 1),
    "kindWeight": numbers(count, low=0.0, high=2.0),
    "scoreWeight": numbers(count, low=0.5, high=1.5),
}


def fit_two(model):
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss={"kind": "sparse_categorical_crossentropy", "score_out": "mse"},
        loss_weights={"kind": 1.0, "score_out": 0.3},
        metrics={"kind": ["accuracy"], "score_out": ["mae"]},
        weighted_metrics={"kind": ["accuracy"], "score_out": ["mse"]},
    )
    return model.fit(
        [data["a"], data["b"]],
        [data["kind"], data["score"]],
        sample_weight=[data["kindWeight"], data["scoreWeight"]],
        epochs=4,
        batch_size=8,
        validation_split=0.3,
        shuffle=False,
        verbose=0,
    ).history


add("two inputs and outputs", two_outputs(), data, fit_two)


def fit_accumulated(model):
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9, gradient_accumulation_steps=2),
        loss=["sparse_categorical_crossentropy", "huber"],
        loss_weights=[0.5, 2.0],
        metrics=[["accuracy"], []],
    )
    return model.fit({"a": data["a"], "b": data["b"]}, [data["kind"], data["score"]], epochs=3, batch_size=9, shuffle=False, verbose=0).history


add("accumulated gradients", two_outputs(), data, fit_accumulated)


def classifier():
    x = keras.Input((5,), name="x")
    h = layers.Dense(7, activation="relu", activity_regularizer=regularizers.L2(0.05), name="hidden")(x)
    return keras.Model(x, layers.Dense(4, activation="softmax", name="out")(h))


def stepwise():
    x = keras.Input((5, 3), name="x")
    h = layers.Masking(mask_value=0.0, name="mask")(x)
    h = layers.Dense(6, activation="tanh", name="hidden")(h)
    return keras.Model(x, layers.Dense(2, name="out")(h))


count = 21
classes = {
    "x": numbers(count, 5),
    "y": integers(count, high=4),
    "weight": numbers(count, low=0.2, high=1.8),
    "vx": numbers(10, 5),
    "vy": integers(10, high=4),
    "vw": numbers(10, low=0.2, high=1.8),
}
class_weight = {0: 2.0, 1: 0.5, 2: 1.5}


def fit_classes(model):
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy", "sparse_categorical_crossentropy"])
    return model.fit(
        classes["x"],
        classes["y"],
        class_weight=class_weight,
        validation_data=(classes["vx"], classes["vy"], classes["vw"]),
        validation_freq=2,
        epochs=4,
        initial_epoch=1,
        batch_size=8,
        shuffle=False,
        verbose=0,
    ).history


add("class weights", classifier(), classes, fit_classes)

steps = numbers(13, 5, 3)
steps[2, 3:] = 0
steps[5, 1:] = 0
steps[7:9, 4] = 0
series = {"x": steps, "y": numbers(13, 5, 2), "weight": numbers(13, 5, low=0.0, high=2.0)}


def fit_steps(model):
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"], weighted_metrics=["mse"])

    # As batches of float32: weights that need no cast are multiplied by the mask in place by Keras's torch backend, and metrics see them so.
    def batches():
        while True:
            for start in range(0, 13, 5):
                yield tuple(series[name][start : start + 5] for name in ("x", "y", "weight"))

    return model.fit(batches(), steps_per_epoch=3, epochs=3, verbose=0).history


add("masks and weights of steps", stepwise(), series, fit_steps)


def fit_batches(model):
    """Batches from a generator that never ends: the epochs go on where the last ended."""

    def batches():
        while True:
            for start in range(0, 21, 6):
                part = slice(start, start + 6)
                yield classes["x"][part], classes["y"][part], classes["weight"][part]

    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"])
    history = model.fit(batches(), steps_per_epoch=3, epochs=3, verbose=0).history
    evaluated = model.evaluate(batches(), steps=5, verbose=0, return_dict=True)
    return {**history, **{f"test_{k}": [v] for k, v in evaluated.items()}}


add("batches", classifier(), classes, fit_batches)


def on_batches(model):
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    report = {}

    def note(logs):
        for name, value in logs.items():
            report.setdefault(name, []).append(float(value))

    x, y = classes["x"], classes["y"]
    note(model.train_on_batch(x[:8], y[:8], return_dict=True))
    note(model.train_on_batch(x[8:12], y[8:12], sample_weight=classes["weight"][8:12], return_dict=True))
    note(model.train_on_batch(x[12:], y[12:], class_weight=class_weight, return_dict=True))
    model.reset_metrics()
    note(model.test_on_batch(x[:5], y[:5], return_dict=True))
    note(model.test_on_batch(x[5:], y[5:], sample_weight=classes["weight"][5:], return_dict=True))
    return report


add("single batches", classifier(), classes, on_batches)


def fit_frozen(model):
    model.get_layer("left").trainable = False
    model.get_layer("norm").trainable = False
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=["sparse_categorical_crossentropy", None])
    return model.fit([data["a"], data["b"]], [data["kind"], data["score"]], epochs=2, batch_size=8, shuffle=False, verbose=0).history


add("frozen layers, an output without a loss", two_outputs(), data, fit_frozen)
golden.write()
