"""Writes activations.json: activation functions with their gradients, and the names that Keras gives them in configs.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_activations.py
"""

import numpy as np
import torch
from arrays import Golden, camel, numbers
from keras import activations

golden = Golden("activations")
corners = np.array([0, 0.5, -0.5, 2.9, -2.9, 30, -30, 80, -80], np.float32)
x = np.concatenate([numbers(15, low=-4, high=4), corners]).reshape(4, 6)
ROW = "keras.activations."

plain = ["elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6"]
plain += ["selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh", "celu", "glu", "hard_shrink", "hard_tanh", "soft_shrink"]
plain += ["sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink"]
for name in plain:
    fn = getattr(activations, name)
    # e⁸⁰ leaves no digits for the others.
    given = np.clip(x, -30, 3) if name == "exponential" else x
    golden.op(ROW + name, "plain", [given], lambda t: fn(t), function=camel(name))

options = [
    ("elu", {"alpha": 0.3}),
    ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": True}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 1.0}),
    ("relu", {"max_value": 6.0, "threshold": 0.25}),
    ("relu", {"negative_slope": 0.2, "max_value": 2.0, "threshold": 0.75}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("squareplus", {"b": 1.0}),
    ("threshold", {"threshold": 0.25, "default_value": 3.0}),
]
for name, chosen in options:
    fn = getattr(activations, name)
    golden.op(ROW + name, ", ".join(chosen), [x, {camel(key): value for key, value in chosen.items()}], lambda t: fn(t, **chosen), function=camel(name))
for name in ["softmax", "log_softmax", "glu"]:
    fn = getattr(activations, name)
    golden.op(ROW + name, "first axis", [x, 0], lambda t: fn(t, axis=0), function=camel(name))

# One class takes all: elsewhere Keras 3.15's results do not sum to 1 (see make_ops_reductions.py, where the paper's algorithm is compared).
golden.op(ROW + "sparsemax", "one class", [numbers(3, 4) + np.array([5, 0, 0, 0], np.float32)], lambda t: activations.sparsemax(t), function="sparsemax")

names = [activations.serialize(getattr(activations, name)) for name in [*plain, "sparsemax"]]
config = {"module": "builtins", "class_name": "function", "config": "hard_silu", "registered_name": "function"}
golden.add(ROW + "serialize", "every name", names=names)
golden.add(ROW + "get", "aliases", names=["swish", "hard_swish"], targets=[activations.get(name).__name__ for name in ["swish", "hard_swish"]])
golden.add(ROW + "deserialize", "a config", config=config, target=activations.deserialize(config).__name__)
golden.write()
