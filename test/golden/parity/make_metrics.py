"""Writes metrics.json: metrics over several batches of unequal size, with and without sample weights, and the functions behind some of them.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_metrics.py
"""

import numpy as np
import torch

from arrays import Golden, integers, normals, numbers, to_numpy
from keras import metrics

golden = Golden("metrics")
SIZES = [4, 2, 5]


def probabilities(*shape):
    x = np.exp(normals(*shape))
    return (x / x.sum(-1, keepdims=True)).astype(np.float32)


def hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def function(name, case, target, prediction, gradients=False, **options):
    call = getattr(metrics, name)
    args = [target, prediction] + ([{camel(key): value for key, value in options.items()}] if options else [])
    golden.op(f"keras.metrics.{name}", case, args, lambda t, p: call(t, p, **options), function=camel(name), gradients=gradients)


def metric(name, case, batches, weigh=None, config=None, **options):
    """The result after each batch; `batches` are lists of arguments, `weigh` gives the weights of a batch."""
    made = getattr(metrics, name)(**options)
    seen = []
    for batch in batches:
        weight = None if weigh is None else weigh(batch)
        made.update_state(*[torch.tensor(x) for x in batch], sample_weight=None if weight is None else torch.tensor(weight))
        result = np.array(to_numpy(made.result()), np.float32)
        seen.append({"values": batch, "sampleWeight": weight, "result": result})
    plain = {key: to_numpy(value).tolist() if isinstance(value, torch.Tensor) else value for key, value in made.get_config().items()}
    config = config or {**options, **plain}
    golden.add(f"keras.metrics.{name}", case, className=name, config=config, batches=seen)


def of_samples(batch):
    return numbers(len(batch[0]), low=0, high=2)


def both(name, case, batches, **options):
    metric(name, case, batches, **options)
    metric(name, f"{case}, weights", batches, weigh=of_samples, **options)


def each(make, sizes=SIZES):
    return [make(n) for n in sizes]


# Functions
labels, scores = integers(6, high=4), normals(6, 4)
function("binary_accuracy", "plain", integers(6, 2, high=2).astype(np.float32), numbers(6, 2, low=0, high=1))
function("binary_accuracy", "threshold", integers(6, 1, high=2).astype(np.float32), numbers(6, 1, low=0, high=1), threshold=0.3)
function("categorical_accuracy", "plain", hot(labels, 4), scores)
function("categorical_accuracy", "steps", hot(integers(2, 3, high=4), 4), normals(2, 3, 4))
function("sparse_categorical_accuracy", "labels", labels, scores)
function("sparse_categorical_accuracy", "labels with a last axis", labels[:, None], scores)
function("sparse_categorical_accuracy", "steps", integers(2, 3, high=4), normals(2, 3, 4))
function("top_k_categorical_accuracy", "two of four", hot(labels, 4), scores, k=2)
function("top_k_categorical_accuracy", "steps", hot(integers(2, 3, high=8), 8), normals(2, 3, 8))
function("sparse_top_k_categorical_accuracy", "two of four", labels, scores, k=2)
function("sparse_top_k_categorical_accuracy", "steps", integers(2, 3, high=8), normals(2, 3, 8), k=3)
function("sparse_top_k_categorical_accuracy", "equal scores", labels, np.round(scores), k=2)
ranking = np.argsort(-scores, axis=-1).astype(np.int32)
function("sparse_top_k_categorical_accuracy", "sorted ids", labels, ranking, k=2, from_sorted_ids=True)
function("pearson_correlation", "plain", normals(3, 6), normals(3, 6), gradients=True)
function("pearson_correlation", "another axis", normals(6, 3), normals(6, 3), gradients=True, axis=0)
function("concordance_correlation", "plain", normals(3, 6), normals(3, 6), gradients=True)
function("concordance_correlation", "another axis", normals(6, 3), normals(6, 3), gradients=True, axis=0)

# Values
for name in ["Mean", "Sum"]:
    both(name, "one for each sample", each(lambda n: [numbers(n, low=-1, high=3)]))
    both(name, "several for each sample", each(lambda n: [numbers(n, 3, low=-1, high=3)]))
    metric(name, "several, weights for each", each(lambda n: [numbers(n, 3, low=-1, high=3)]), weigh=lambda batch: numbers(*batch[0].shape, low=0, high=2))
    metric(name, "numbers", [[np.array(3, np.float32)], [np.array(5, np.float32)]])
both("MeanMetricWrapper", "huber", each(lambda n: [normals(n, 3), normals(n, 3)]), fn=metrics.huber, config={"name": "distance", "fn": "huber"})

# Regression
pairs = each(lambda n: [normals(n, 3), normals(n, 3)])
for name in ["MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "LogCoshError", "CosineSimilarity"]:
    both(name, "rows", pairs)
both("MeanSquaredError", "a missing last axis", each(lambda n: [normals(n), normals(n, 1)]))
metric("MeanSquaredError", "steps, weights for each", each(lambda n: [normals(n, 2, 3), normals(n, 2, 3)]), weigh=lambda b: numbers(len(b[0]), 2, low=0, high=2))
metric("MeanSquaredError", "weights of 0", pairs, weigh=lambda b: np.zeros(len(b[0]), np.float32))
both("CosineSimilarity", "another axis", each(lambda n: [normals(n, 4, 3), normals(n, 4, 3)]), axis=1)
both("MeanSquaredLogarithmicError", "rows", each(lambda n: [np.abs(normals(n, 3)), np.abs(normals(n, 3))]))
for aggregation in ["uniform_average", "variance_weighted_average", None]:
    both("R2Score", f"{aggregation}", pairs, class_aggregation=aggregation)
both("R2Score", "one output", each(lambda n: [normals(n, 1), normals(n, 1)]))
both("R2Score", "regressors", pairs, num_regressors=2)
metric("R2Score", "more regressors than samples at first", pairs, num_regressors=16)
both("PearsonCorrelation", "rows", each(lambda n: [normals(n, 4), normals(n, 4)]))
both("PearsonCorrelation", "over the batch", each(lambda n: [normals(n, 4), normals(n, 4)])[:1], axis=-1)
both("ConcordanceCorrelation", "rows", each(lambda n: [normals(n, 4), normals(n, 4)]))

# Hinge and distributions
both("Hinge", "labels -1 and 1", each(lambda n: [np.sign(normals(n, 3)), normals(n, 3)]))
both("SquaredHinge", "labels 0 and 1", each(lambda n: [integers(n, 3, high=2).astype(np.float32), normals(n, 3)]))
both("CategoricalHinge", "rows", each(lambda n: [hot(integers(n, high=3), 3), normals(n, 3)]))
both("KLDivergence", "rows", each(lambda n: [probabilities(n, 3), probabilities(n, 3)]))
both("Poisson", "counts", each(lambda n: [integers(n, 3, high=5).astype(np.float32), numbers(n, 3, low=0.1, high=4)]))
bits = each(lambda n: [integers(n, 2, high=2).astype(np.float32), numbers(n, 2, low=0.02, high=0.98)])
both("BinaryCrossentropy", "probabilities", bits)
both("BinaryCrossentropy", "logits, label smoothing", each(lambda n: [integers(n, 2, high=2).astype(np.float32), normals(n, 2, scale=3)]), from_logits=True, label_smoothing=0.1)
rows = each(lambda n: [hot(integers(n, high=4), 4), probabilities(n, 4)])
both("CategoricalCrossentropy", "probabilities", rows)
both("CategoricalCrossentropy", "logits, label smoothing", each(lambda n: [hot(integers(n, high=4), 4), normals(n, 4)]), from_logits=True, label_smoothing=0.1)
numbered = each(lambda n: [integers(n, high=4), probabilities(n, 4)])
both("SparseCategoricalCrossentropy", "probabilities", numbered)
both("SparseCategoricalCrossentropy", "logits, ignored class", each(lambda n: [integers(n, high=4), normals(n, 4)]), from_logits=True, ignore_class=1)

# Accuracies
both("Accuracy", "equal numbers", each(lambda n: [integers(n, high=3), integers(n, high=3)]))
both("Accuracy", "columns", each(lambda n: [integers(n, 1, high=3), integers(n, 1, high=3)]))
both("BinaryAccuracy", "rows", bits)
both("BinaryAccuracy", "threshold", each(lambda n: [integers(n, high=2).astype(np.float32), numbers(n, 1, low=0, high=1)]), threshold=0.7)
both("CategoricalAccuracy", "rows", rows)
both("SparseCategoricalAccuracy", "labels", numbered)
metric("SparseCategoricalAccuracy", "steps, weights for each", each(lambda n: [integers(n, 3, high=4), normals(n, 3, 4)]), weigh=lambda b: numbers(len(b[0]), 3, low=0, high=2))
both("TopKCategoricalAccuracy", "two of four", rows, k=2)
both("SparseTopKCategoricalAccuracy", "two of four", numbered, k=2)
both("SparseTopKCategoricalAccuracy", "sorted ids", each(lambda n: [integers(n, high=4), np.argsort(normals(n, 4)).astype(np.int32)]), k=2, from_sorted_ids=True)

# Confusion
yes_no = each(lambda n: [integers(n, high=2), numbers(n, low=0, high=1)])
columns = each(lambda n: [integers(n, 1, high=2), numbers(n, 1, low=0, high=1)])
several = each(lambda n: [integers(n, 3, high=2), numbers(n, 3, low=0, high=1)])
for name in ["TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"]:
    both(name, "defaults", yes_no)
    metric(name, "several labels, several thresholds", several, weigh=of_samples, thresholds=[0.2, 0.45, 0.9])
    metric(name, "even thresholds", several, weigh=of_samples, thresholds=[0.0, 0.25, 0.5, 0.75, 1.0])
for name in ["Precision", "Recall"]:
    both(name, "defaults", yes_no)
    metric(name, "columns, a threshold", columns, weigh=of_samples, thresholds=0.3)
    metric(name, "several thresholds", several, weigh=of_samples, thresholds=[0.2, 0.45, 0.9])
    metric(name, "the two largest", several, top_k=2)
    metric(name, "the two largest above a threshold", several, weigh=of_samples, top_k=2, thresholds=0.6)
    metric(name, "one class", several, weigh=of_samples, class_id=1)
    metric(name, "one class of the two largest", several, top_k=2, class_id=2)
    metric(name, "a weight for each label", several, weigh=lambda b: numbers(*b[0].shape, low=0, high=2))
    metric(name, "nothing positive", [[np.zeros(4, np.int32), np.zeros(4, np.float32)]])
at_ends = [[np.array([0, 1, 1, 0, 1], np.int32), np.array([0, 0, 1, 1, 0.5], np.float32)]]
for name, option in [
    ("SensitivityAtSpecificity", "specificity"),
    ("SpecificityAtSensitivity", "sensitivity"),
    ("PrecisionAtRecall", "recall"),
    ("RecallAtPrecision", "precision"),
]:
    both(name, "defaults", yes_no, **{option: 0.4})
    metric(name, "few thresholds, one class", several, num_thresholds=9, class_id=0, **{option: 0.6})
    metric(name, "one threshold", yes_no, num_thresholds=1, **{option: 0.3})
    metric(name, "predictions of 0 and 1", at_ends, **{option: 0.5})
for curve in ["ROC", "PR", "PRGAIN"]:
    for method in ["interpolation", "majoring", "minoring"]:
        metric("AUC", f"{curve}, {method}", yes_no, weigh=of_samples, curve=curve, summation_method=method)
metric("AUC", "several labels as one", several, num_thresholds=50)
both("AUC", "several labels as one, weights of labels", several, label_weights=[1.0, 2.0, 0.5])
both("AUC", "a curve for each label", several, multi_label=True)
both("AUC", "a curve for each label, PR, weights of labels", several, multi_label=True, num_labels=3, curve="PR", label_weights=[1.0, 2.0, 0.5])
both("AUC", "own thresholds", yes_no, thresholds=[0.6, 0.1, 0.35])
both("AUC", "own thresholds, a curve for each label", several, thresholds=[0.6, 0.1, 0.35], multi_label=True, curve="PR", summation_method="majoring")
both("AUC", "own even thresholds", yes_no, thresholds=[0.25, 0.5, 0.75])
both("AUC", "logits", each(lambda n: [integers(n, 1, high=2), normals(n, 1, scale=2)]), from_logits=True)
metric("AUC", "predictions of 0 and 1", at_ends)
metric("AUC", "one class only", [[np.ones(4, np.int32), numbers(4, low=0, high=1)]])

# F scores
for average in [None, "micro", "macro", "weighted"]:
    both("F1Score", f"{average}", rows, average=average)
    both("FBetaScore", f"{average}, beta and threshold", several, average=average, beta=2.0, threshold=0.4)

# Intersection over union
maps = each(lambda n: [integers(n, 4, high=3), integers(n, 4, high=3)])
scored = each(lambda n: [hot(integers(n, 4, high=3), 3), normals(n, 4, 3)])


def whole(batch):
    return integers(len(batch[0]), 1, high=4) * np.ones((1, 4), np.int32)


for name, options in [("IoU", {"target_class_ids": [0, 2]}), ("MeanIoU", {})]:
    metric(name, "numbers", maps, num_classes=3, **options)
    metric(name, "numbers, whole weights", maps, weigh=whole, num_classes=3, **options)
    metric(name, "an ignored class", maps, num_classes=3, ignore_class=1, **options)
    metric(name, "labels outside", each(lambda n: [integers(n, 4, low=-1, high=5), integers(n, 4, low=-1, high=5)]), num_classes=3, **options)
    metric(name, "scores", scored, num_classes=3, sparse_y_true=False, sparse_y_pred=False, **options)
for name, options in [("OneHotIoU", {"target_class_ids": [0, 2]}), ("OneHotMeanIoU", {})]:
    metric(name, "scores", scored, num_classes=3, **options)
    metric(name, "numbers, an ignored class", each(lambda n: [hot(integers(n, 4, high=3), 3), integers(n, 4, high=3)]), num_classes=3, sparse_y_pred=True, ignore_class=0, **options)
metric("BinaryIoU", "defaults", yes_no)
metric("BinaryIoU", "threshold, one class, weights", several, weigh=lambda b: integers(*b[0].shape, high=4), threshold=0.3, target_class_ids=[1])
golden.write()
