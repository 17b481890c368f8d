"""Writes losses.json: losses as functions (a value for each sample) and as classes (reductions, sample weights, masks), with their gradients.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_losses.py
"""

import numpy as np
import torch

from arrays import Golden, booleans, cotangent_of, gradients_of, integers, normals, numbers
import keras
from keras import losses

keras.backend.set_floatx("float64")
golden = Golden("losses")


def probabilities(*shape):
    x = np.exp(normals(*shape))
    return (x / x.sum(-1, keepdims=True)).astype(np.float32)


def hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def function(name, case, target, prediction, single=False, why=None, **options):
    """A function's values; `single` computes in float32, where 1 − 1e-7 is another number than in float64."""
    call = getattr(losses, name)
    args = [target, prediction] + ([{camel(key): value for key, value in options.items()}] if options else [])

    def run(*leaves):
        t, p = leaves[:2]
        return call(t.float() if single and t.is_floating_point() else t, p.float() if single else p, **options)

    golden.op(f"keras.losses.{name}", case, args, run, function=camel(name), tolerance=why and 1e-3, why=why)


def loss(class_name, case, target, prediction, weight=None, mask=None, **options):
    """A class's value and the slope of the predictions. Keras's own config lacks some options (delta, axis)."""
    made = getattr(losses, class_name)(**options)
    given = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    p = given * 1.0
    if mask is not None:
        p._keras_mask = torch.tensor(mask)
    result = made(torch.tensor(target), p, sample_weight=None if weight is None else torch.tensor(weight))
    cotangent = cotangent_of(result)
    golden.add(
        f"keras.losses.{class_name}",
        case,
        className=class_name,
        config={**options, **made.get_config()},
        yTrue=target,
        yPred=prediction,
        sampleWeight=weight,
        mask=mask,
        result=result,
        cotangent=cotangent,
        gradient=gradients_of([result], [cotangent], [given])[0],
    )


# Functions of numbers
t, p = numbers(4, 3), numbers(4, 3)
for name in ["mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "huber", "log_cosh", "cosine_similarity"]:
    function(name, "plain", t, p)
    function(name, "steps of samples, the last axis of size 1 is missing", numbers(2, 3), numbers(2, 3, 1))
    why = "the slope is a difference that cancels to 0" if name == "cosine_similarity" else None
    function(name, "equal to the target", t, t + 0, why=why)
function("mean_squared_error", "a missing last axis", numbers(4), numbers(4, 1))
function("mean_squared_error", "a superfluous last axis", numbers(4, 1), numbers(4))
function("mean_absolute_percentage_error", "targets of 0", np.array([[0, 1], [2, 0]], np.float32), numbers(2, 2))
function("mean_squared_logarithmic_error", "plain", numbers(4, 3, low=0, high=3), numbers(4, 3, low=0, high=3))
function("mean_squared_logarithmic_error", "below 0", numbers(4, 3), numbers(4, 3, low=-2, high=1))
function("huber", "another delta", t, p, delta=0.3)
function("log_cosh", "far apart", numbers(2, 3, low=-2, high=2), numbers(2, 3, low=-80, high=80))
function("cosine_similarity", "another axis", numbers(2, 4, 3), numbers(2, 4, 3), axis=1)
function("poisson", "plain", integers(4, 3, low=0, high=5).astype(np.float32), numbers(4, 3, low=0.1, high=4))
function("poisson", "rates of 0", np.array([[0, 2]], np.float32), np.array([[0.5, 0]], np.float32))

# Hinge
signs, bits = np.sign(numbers(4, 3)), integers(4, 3, low=0, high=2).astype(np.float32)
for name in ["hinge", "squared_hinge"]:
    function(name, "labels -1 and 1", signs, p)
    function(name, "labels 0 and 1", bits, p)
function("categorical_hinge", "plain", hot(integers(4, high=3), 3), p)

# Distributions
function("kl_divergence", "plain", probabilities(4, 3), probabilities(4, 3))
function("kl_divergence", "zeros", np.array([[0, 0.9, 0.1], [0.5, 0.5, 0]], np.float32), np.array([[0.2, 0.8, 0], [0, 0.4, 0.6]], np.float32))
targets, scores, shares = hot(integers(4, high=3), 3), normals(4, 3, scale=2), probabilities(4, 3)
grid = np.moveaxis(hot(integers(2, 4, high=3), 3), -1, 1).copy()
for name in ["categorical_crossentropy", "categorical_focal_crossentropy"]:
    function(name, "probabilities", targets, shares)
    function(name, "probabilities that do not add up to 1", targets, numbers(4, 3, low=0.1, high=2))
    function(name, "logits", targets, scores, from_logits=True)
    function(name, "label smoothing", targets, shares, label_smoothing=0.2)
    function(name, "saturated probabilities", targets, hot(integers(4, high=3), 3), single=True)
    function(name, "another axis", grid, np.moveaxis(probabilities(2, 4, 3), -1, 1).copy(), axis=1)
function("categorical_crossentropy", "saturated logits", targets, normals(4, 3, scale=200), from_logits=True)
function("categorical_crossentropy", "steps, logits, label smoothing", hot(integers(2, 3, high=5), 5), normals(2, 3, 5), from_logits=True, label_smoothing=0.1)
function("categorical_focal_crossentropy", "alpha and gamma", targets, shares, alpha=0.6, gamma=1.5)
for name in ["binary_crossentropy", "binary_focal_crossentropy"]:
    chances = numbers(4, 3, low=0.05, high=0.95)
    function(name, "probabilities", bits, chances)
    function(name, "soft targets", numbers(4, 3, low=0, high=1), chances)
    function(name, "logits", bits, scores, from_logits=True)
    function(name, "label smoothing", bits, chances, label_smoothing=0.2)
    function(name, "saturated probabilities", bits, integers(4, 3, high=2).astype(np.float32), single=True)
    function(name, "another axis", integers(2, 4, 3, high=2).astype(np.float32), numbers(2, 4, 3, low=0.1, high=0.9), axis=1)
function("binary_crossentropy", "saturated logits", bits, normals(4, 3, scale=200), from_logits=True)
function("binary_crossentropy", "logits of 0", bits, np.zeros((4, 3), np.float32), from_logits=True)
function("binary_focal_crossentropy", "class balance, alpha and gamma", bits, chances, apply_class_balancing=True, alpha=0.6, gamma=1.5)
labels = integers(4, high=3)
for case, given in [("labels", labels), ("labels with a last axis", labels[:, None])]:
    function("sparse_categorical_crossentropy", case, given, shares)
function("sparse_categorical_crossentropy", "logits", labels, scores, from_logits=True)
function("sparse_categorical_crossentropy", "saturated logits", labels, normals(4, 3, scale=200), from_logits=True)
function("sparse_categorical_crossentropy", "saturated probabilities", labels, hot(integers(4, high=3), 3), single=True)
steps = integers(2, 5, high=4)
function("sparse_categorical_crossentropy", "steps, logits", steps, normals(2, 5, 4), from_logits=True)
function("sparse_categorical_crossentropy", "another axis", steps, np.moveaxis(probabilities(2, 5, 4), -1, 1).copy(), axis=1)
function("sparse_categorical_crossentropy", "ignored class", steps, normals(2, 5, 4), from_logits=True, ignore_class=2)
function("sparse_categorical_crossentropy", "ignored class outside", np.where(steps == 1, -1, steps), probabilities(2, 5, 4), ignore_class=-1)
function("categorical_generalized_cross_entropy", "plain", labels, shares, q=0.7)

# Overlap
region, soft = integers(2, 4, 4, 1, high=2).astype(np.float32), numbers(2, 4, 4, 1, low=0, high=1)
for name in ["dice", "tversky"]:
    function(name, "all axes", region, soft)
    function(name, "each sample", region, soft, axis=[1, 2, 3])
    function(name, "nothing there", np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32))
function("tversky", "alpha and beta", region, soft, alpha=0.3, beta=0.8)

# Embeddings and sequences
embeddings = normals(6, 4)
embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
groups = np.array([0, 1, 0, 2, 1, 0], np.int32)
function("circle", "plain", groups, embeddings)
function("circle", "a column of labels, gamma and margin", groups[:, None], embeddings, gamma=16, margin=0.2)
function("circle", "diagonal kept", groups, embeddings, remove_diagonal=False)
other = normals(5, 4)
other /= np.linalg.norm(other, axis=-1, keepdims=True)
golden.op(
    "keras.losses.circle",
    "references",
    [groups, embeddings, {"refLabels": np.array([2, 1, 0, 0, 1], np.int32), "refEmbeddings": other, "removeDiagonal": False}],
    lambda a, b, c, d: losses.circle(a, b, c, d, remove_diagonal=False),
    function="circle",
)
words = np.array([[1, 2, 2, 0], [3, 0, 0, 0], [2, 1, 3, 1]], np.int32)
function("ctc", "labels of several lengths", words, normals(3, 9, 4))

# Classes: every reduction, with and without weights and masks
for reduction in ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]:
    w, m = numbers(2, low=0, high=2), booleans(2, 3)
    m[0, 0] = True
    a, b = numbers(2, 3, 2), numbers(2, 3, 2)
    loss("MeanSquaredError", f"{reduction}", a, b, reduction=reduction)
    loss("MeanSquaredError", f"{reduction}, a weight for each sample", a[:, 0], b[:, 0], weight=w, reduction=reduction)
    loss("MeanSquaredError", f"{reduction}, a weight for each step", a, b, weight=numbers(2, 3, low=0, high=2), reduction=reduction)
    loss("MeanSquaredError", f"{reduction}, a column of weights", a, b, weight=w[:, None], reduction=reduction)
    loss("MeanSquaredError", f"{reduction}, a mask", a, b, mask=m, reduction=reduction)
    loss("MeanSquaredError", f"{reduction}, weights and a mask", a, b, weight=numbers(2, 3, low=0, high=2), mask=m, reduction=reduction)
loss("MeanSquaredError", "weights of 0", a[:, 0], b[:, 0], weight=np.zeros(2, np.float32), reduction="mean_with_sample_weight")
loss("MeanSquaredError", "nothing left by the mask", a, b, mask=np.zeros((2, 3), bool))
weights = numbers(4, low=0, high=2)
plain = [
    ("MeanAbsoluteError", t, p, {}),
    ("MeanAbsolutePercentageError", t, p, {}),
    ("MeanSquaredLogarithmicError", np.abs(t), np.abs(p), {}),
    ("Huber", t, p, {"delta": 0.4}),
    ("LogCosh", t, p, {}),
    ("CosineSimilarity", t, p, {}),
    ("CosineSimilarity", numbers(4, 3, 2), numbers(4, 3, 2), {"axis": 1, "reduction": "sum"}),
    ("Hinge", bits, p, {}),
    ("SquaredHinge", signs, p, {}),
    ("CategoricalHinge", targets, p, {}),
    ("KLDivergence", probabilities(4, 3), shares, {}),
    ("Poisson", bits, np.abs(p) + np.float32(0.1), {"name": "counts"}),
    ("BinaryCrossentropy", bits, chances, {}),
    ("BinaryCrossentropy", bits, scores, {"from_logits": True, "label_smoothing": 0.1}),
    ("BinaryFocalCrossentropy", bits, chances, {"apply_class_balancing": True, "alpha": 0.4, "gamma": 3.0}),
    ("CategoricalCrossentropy", targets, shares, {}),
    ("CategoricalCrossentropy", targets, scores, {"from_logits": True, "label_smoothing": 0.1, "reduction": "sum"}),
    ("CategoricalFocalCrossentropy", targets, shares, {"alpha": 0.4, "gamma": 3.0}),
    ("SparseCategoricalCrossentropy", labels, shares, {}),
    ("SparseCategoricalCrossentropy", labels, scores, {"from_logits": True}),
    ("SparseCategoricalCrossentropy", labels, scores, {"from_logits": True, "ignore_class": int(labels[0])}),
    ("CategoricalGeneralizedCrossEntropy", labels, shares, {"q": 0.3}),
    ("Circle", groups[:4], embeddings[:4], {"gamma": 20.0, "margin": 0.3}),
]
for name, target, prediction, options in plain:
    described = ", ".join(f"{key} {value}" for key, value in options.items()) or "defaults"
    loss(name, described, target, prediction, **options)
    loss(name, f"{described}, weights", target, prediction, weight=weights[:, None] if prediction.ndim == 3 else weights, **options)
loss("Dice", "defaults", region, soft)
loss("Dice", "axis", region, soft, axis=[1, 2, 3])
loss("Tversky", "alpha and beta, axis, weights", region, soft, weight=weights[:2], alpha=0.3, beta=0.8, axis=[1, 2, 3])
loss("CTC", "defaults", words, normals(3, 9, 4))
loss("CTC", "weights, sum", words, normals(3, 9, 4), weight=weights[:3], reduction="sum")
golden.write()
