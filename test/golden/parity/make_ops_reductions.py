"""Writes ops-reductions.json (reductions, statistics, order, indexing, segments), ops-nn.json (functions of neural networks) and
ops-control.json (loops, branches, transforms; the functions that they are given stand in ops-control.test.ts under the same names).

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_ops_reductions.py

Where Keras's torch backend differs from its other backends, or cannot compute in float64, the case says so and takes PyTorch or NumPy.
"""

import warnings

import numpy as np
import torch
import torch.nn.functional as F
from arrays import Golden, booleans, integers, normals, numbers
from keras import ops

warnings.filterwarnings("ignore")
nan = float("nan")
K = "keras.ops."



def reductions(golden):
    x = numbers(3, 4, 5)
    for name in ["sum", "mean", "max", "min", "prod", "std", "var", "ptp", "logsumexp", "amax", "amin", "median"]:
        fn = getattr(ops, name)
        golden.op(K + name, "all", [x])
        golden.op(K + name, "one axis", [x, 1], lambda t: fn(t, axis=1))
        golden.op(K + name, "two axes kept", [x, [0, -1], {"keepDims": True}], lambda t: fn(t, axis=(0, -1), keepdims=True))
    constant = np.full((2, 3), 1.5, np.float32)
    golden.op(K + "std", "equal elements", [constant, 1], lambda t: ops.std(t, axis=1))
    golden.op(K + "max", "initial", [x, 1, {"initial": 1.0}], lambda t: torch.maximum(t.amax(1), torch.tensor(1.0)), gradients=False)
    golden.op(K + "min", "initial", [x, 1, {"initial": -1.0}], lambda t: torch.minimum(t.amin(1), torch.tensor(-1.0)), gradients=False)
    zeros = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 4.0]], np.float32)
    golden.op(K + "prod", "zeros", [zeros, 1], lambda t: ops.prod(t, axis=1))
    golden.op(K + "prod", "integers as float", [integers(2, 3), 0, {"dtype": "f32"}], lambda t: ops.prod(t, axis=0, dtype="float32"))
    golden.op(K + "sum", "integers", [integers(3, 4), 0], lambda t: ops.sum(t, axis=0))
    golden.op(K + "mean", "integers", [integers(3, 4), 0], lambda t: ops.mean(t, axis=0))
    bits = booleans(3, 4)
    for name in ["all", "any"]:
        fn = getattr(ops, name)
        golden.op(K + name, "all", [bits])
        golden.op(K + name, "one axis of numbers", [integers(3, 4, high=2), 1], lambda t: fn(t, axis=1))
        golden.op(K + name, "kept", [bits, 0, {"keepDims": True}], lambda t: fn(t, axis=0, keepdims=True))
    for name in ["argmax", "argmin"]:
        fn = getattr(ops, name)
        golden.op(K + name, "all", [x])
        golden.op(K + name, "one axis", [x, 1], lambda t: fn(t, axis=1))
        golden.op(K + name, "kept", [x, -1, {"keepDims": True}], lambda t: fn(t, axis=-1, keepdims=True))
    golden.op(K + "count_nonzero", "all", [integers(3, 4, high=2)])
    golden.op(K + "count_nonzero", "one axis", [integers(3, 4, high=2), 0], lambda t: ops.count_nonzero(t, axis=0))
    golden.op(K + "average", "plain", [x, 1], lambda t: ops.average(t, axis=1))
    golden.op(K + "average", "weights of an axis", [numbers(3, 4), 1, {"weights": numbers(4, low=0.5)}], lambda t, w: ops.average(t, axis=1, weights=w))
    golden.op(
        K + "average", "weights of the shape", [numbers(3, 4), None, {"weights": numbers(3, 4, low=0.5)}], lambda t, w: (t * w).sum() / w.sum()
    )
    golden.op(K + "moments", "two axes", [x, [0, 1]], lambda t: list(ops.moments(t, axes=[0, 1])))
    golden.op(K + "moments", "kept", [x, [2], {"keepDims": True}], lambda t: list(ops.moments(t, axes=[2], keepdims=True)))
    for name in ["cumsum", "cumprod"]:
        fn = getattr(ops, name)
        golden.op(K + name, "all", [numbers(3, 4)], lambda t: fn(t))
        golden.op(K + name, "one axis", [numbers(3, 4), 0], lambda t: fn(t, axis=0))
        golden.op(K + name, "as float", [integers(5), 0, {"dtype": "f32"}], lambda t: fn(t, axis=0, dtype="float32"))
    golden.op(K + "cumprod", "zeros", [zeros, 1], lambda t: ops.cumprod(t, axis=1))
    golden.op(K + "trace", "matrix", [numbers(4, 5)])
    golden.op(K + "trace", "offset and axes", [x, {"offset": 1, "axis1": 0, "axis2": 2}], lambda t: ops.trace(t, offset=1, axis1=0, axis2=2))


def nan_reductions(golden):
    x = numbers(3, 5)
    x[0, 1] = x[1, 0] = x[1, 4] = x[2, 2] = nan
    for name in ["nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nanstd", "nanvar", "nanmedian"]:
        fn = getattr(ops, name)
        # PyTorch's gradient of a clipped NaN is not always finite.
        follow = name in ("nansum", "nanmean", "nanmax", "nanmin", "nanprod")
        golden.op(K + name, "all", [x], lambda t: fn(t, axis=(0, 1)), gradients=follow)
        golden.op(K + name, "one axis", [x, 1], lambda t: fn(t, axis=1), gradients=follow)
        golden.op(K + name, "kept", [x, 0, {"keepDims": True}], lambda t: fn(t, axis=0, keepdims=True), gradients=follow)
    empty = np.array([[nan, nan], [1.0, nan]], np.float32)
    for name in ["nanmax", "nanmean", "nanmedian", "nanargmax"]:
        fn = getattr(ops, name)
        golden.op(K + name, "a row of nothing else", [empty, 1], lambda t: fn(t, axis=1), gradients=False)
    for name in ["nanargmax", "nanargmin"]:
        fn = getattr(ops, name)
        golden.op(K + name, "one axis", [x, 1], lambda t: fn(t, axis=1))
        golden.op(K + name, "kept", [x, 0, {"keepDims": True}], lambda t: fn(t, axis=0, keepdims=True))
    for name in ["nancumsum", "nancumprod"]:
        fn = getattr(ops, name)
        golden.op(K + name, "one axis", [x, 1], lambda t: fn(t, axis=1) if name == "nancumsum" else torch.cumprod(torch.nan_to_num(t, nan=1.0), 1), gradients=False)
        golden.op(K + name, "all", [x], lambda t: fn(t) if name == "nancumsum" else torch.cumprod(torch.nan_to_num(t, nan=1.0).flatten(), 0), gradients=False)
    golden.op(K + "nanquantile", "one axis", [x, 0.3, 1], lambda t: ops.nanquantile(t, 0.3, axis=1), gradients=False)
    golden.op(K + "nanquantile", "several, nearest", [x, [0.1, 0.5], 0, {"method": "nearest"}], lambda t: ops.nanquantile(t, [0.1, 0.5], axis=0, method="nearest"), gradients=False)
    golden.op(K + "nanpercentile", "several", [x, [10, 75], 1], lambda t: ops.nanquantile(t, [0.1, 0.75], axis=1), gradients=False)


def statistics(golden):
    x = numbers(3, 4, 5)
    for method in ["linear", "lower", "higher", "midpoint", "nearest"]:
        golden.op(K + "quantile", method, [x, 0.37, 1, {"method": method}], lambda t: ops.quantile(t, 0.37, axis=1, method=method))
    golden.op(K + "quantile", "several, two axes kept", [x, [0.0, 0.25, 1.0], [0, 2], {"keepDims": True}], lambda t: ops.quantile(t, [0.0, 0.25, 1.0], axis=(0, 2), keepdims=True))
    golden.op(K + "quantile", "a tensor of shares", [x, np.array([0.2, 0.9], np.float32)], lambda t, q: ops.quantile(t, q.detach()), gradients=False)
    golden.op(K + "quantile", "NaN", [np.array([[1, nan, 2], [3, 4, 5]], np.float32), 0.5, 1], lambda t: ops.quantile(t, 0.5, axis=1), gradients=False)
    golden.op(K + "percentile", "one", [x, 35, 0], lambda t: ops.quantile(t, 0.35, axis=0))
    golden.op(K + "percentile", "several", [x, [5, 50], -1], lambda t: ops.quantile(t, [0.05, 0.5], axis=-1))
    golden.op(K + "median", "even", [np.array([4, 1, 3, 2], np.float32)])
    counts = integers(12, high=6)
    golden.op(K + "bincount", "vector", [counts])
    golden.op(K + "bincount", "minlength", [counts, {"minlength": 9}], lambda t: ops.bincount(t, minlength=9))
    golden.op(K + "bincount", "weights", [counts, {"weights": numbers(12)}], lambda t, w: ops.bincount(t, weights=w.detach()), gradients=False)
    golden.op(K + "bincount", "rows", [integers(2, 7, high=5), {"minlength": 5}], lambda t: ops.bincount(t, minlength=5))
    values = numbers(20)
    golden.op(K + "histogram", "range of the data", [values], lambda t: list(ops.histogram(t.detach())), gradients=False)
    golden.op(K + "histogram", "bins and range", [values, {"bins": 4, "range": [-1.0, 1.5]}], lambda t: list(ops.histogram(t.detach(), bins=4, range=(-1.0, 1.5))), gradients=False)
    golden.op(K + "digitize", "edges", [np.array([-1, 0, 0.5, 1, 7, 2], np.float32), np.array([0, 1, 2], np.float32)], lambda t, b: ops.digitize(t, b), gradients=False)
    golden.op(K + "corrcoef", "rows", [numbers(3, 8)])
    for mode in ["valid", "same", "full"]:
        golden.op(K + "correlate", mode, [numbers(9), numbers(4), {"mode": mode}], lambda a, b: ops.correlate(a, b, mode=mode))
    golden.op(K + "correlate", "a longer second", [numbers(3), numbers(6), {"mode": "full"}], lambda a, b: ops.correlate(a, b, mode="full"))
    golden.op(K + "trapezoid", "unit steps", [numbers(3, 5)])
    golden.op(K + "trapezoid", "dx", [numbers(3, 5), {"dx": 0.5, "axis": 0}], lambda t: ops.trapezoid(t, dx=0.5, axis=0))
    golden.op(K + "trapezoid", "places", [numbers(3, 5), {"x": np.sort(numbers(5))}], lambda t, p: ops.trapezoid(t, x=p))
    golden.op(K + "psnr", "images", [numbers(2, 4, 4, 1, low=0), numbers(2, 4, 4, 1, low=0), {"maxVal": 2.0}], lambda a, b: ops.psnr(a, b, 2.0))


def order(golden):
    x = numbers(3, 6)
    golden.op(K + "sort", "last axis", [x])
    golden.op(K + "sort", "first axis", [x, 0], lambda t: ops.sort(t, axis=0))
    golden.op(K + "argsort", "last axis", [x])
    golden.op(K + "argsort", "first axis", [x, 0], lambda t: ops.argsort(t, axis=0))
    golden.op(K + "argsort", "equals", [np.array([2, 1, 2, 1, 0], np.int32)], lambda t: torch.argsort(t, stable=True))
    golden.op(K + "argpartition", "sorted is a partition", [x, 2], lambda t: torch.argsort(t, dim=-1, stable=True))
    golden.op(K + "top_k", "rows", [x, 3], lambda t: list(ops.top_k(t, 3)))
    golden.op(K + "in_top_k", "rows", [np.array([2, 0, 5], np.int32), numbers(3, 6), 2], lambda a, b: ops.in_top_k(a, b, 2), gradients=False)
    sequence = np.array([-1, 0, 0, 1.5, 2, 2, 2, 9], np.float32)
    wanted = np.array([[-3, 0, 1], [2, 9, 12]], np.float32)
    for side in ["left", "right"]:
        golden.op(K + "searchsorted", side, [sequence, wanted, {"side": side}], lambda a, b: ops.searchsorted(a, b, side=side), gradients=False)
    golden.op(K + "isin", "integers", [integers(3, 4), np.array([5, 3, 3, 9], np.int32)])
    golden.op(K + "isin", "inverted", [integers(3, 4), np.array([5, 3], np.int32), {"invert": True}], lambda a, b: ops.isin(a, b, invert=True))
    golden.op(K + "nonzero", "matrix", [integers(3, 4, high=2)], lambda t: list(ops.nonzero(t)))
    golden.op(K + "nonzero", "a size", [np.array([0, 3, 0, 4], np.int32), {"size": 3, "fillValue": -1}], lambda t: [torch.tensor([1, 3, -1])])
    repeated = np.array([3, 1, 2, 3, 1, 5], np.int32)
    golden.op(K + "unique", "values", [repeated])
    flags = dict(return_index=True, return_inverse=True, return_counts=True)
    camel_flags = {"returnIndex": True, "returnInverse": True, "returnCounts": True}
    golden.op(K + "unique", "everything", [repeated, camel_flags], lambda t: list(ops.unique(t, **flags)))
    golden.op(K + "unique", "padded", [repeated, {"size": 6, "fillValue": 7}], lambda t: ops.unique(t, size=6, fill_value=7))
    golden.op(K + "unique", "cut", [repeated, {"size": 2, "returnCounts": True}], lambda t: list(ops.unique(t, size=2, return_counts=True)))
    rows = np.array([[1, 2], [0, 5], [1, 2], [0, 4]], np.float32)
    golden.op(K + "unique", "rows", [rows, {"axis": 0, **camel_flags}], lambda t: list(ops.unique(t.detach(), axis=0, **flags)), gradients=False)
    golden.op(K + "unique", "columns", [rows.T.copy(), {"axis": 1}], lambda t: ops.unique(t.detach(), axis=1), gradients=False)


def indexing(golden):
    x = numbers(3, 4, 5)
    golden.op(K + "take", "all", [x, np.array([[0, 59], [7, -1]], np.int32)], lambda t, i: torch.take(t, i.long() % 60))
    golden.op(K + "take", "one axis", [x, np.array([3, 0, -1], np.int32), 1], lambda t, i: ops.take(t, i, axis=1))
    golden.op(K + "take", "a number", [x, 2, 1], lambda t: ops.take(t, 2, axis=1))
    golden.op(K + "take_along_axis", "one axis", [x, integers(3, 2, 5, high=4), 1], lambda t, i: ops.take_along_axis(t, i, axis=1))
    golden.op(K + "take_along_axis", "broadcast and negative", [x, np.array([[[-1, 0]]], np.int32), 2], lambda t, i: ops.take_along_axis(t, i, axis=2))
    golden.op(K + "take_along_axis", "all", [numbers(6), np.array([5, 0, 2], np.int32)], lambda t, i: ops.take_along_axis(t, i))
    classes = np.array([[0, 3], [-1, 2]], np.int32)
    golden.op(K + "one_hot", "last axis", [classes, 4], lambda t: ops.one_hot(t, 4, dtype="float32"))
    golden.op(K + "one_hot", "middle axis", [classes, 4, {"axis": 1, "dtype": "i32"}], lambda t: ops.one_hot(t, 4, axis=1, dtype="int32"))
    golden.op(K + "multi_hot", "rows", [np.array([[0, 3, 3], [1, 2, 0]], np.int32), 5], lambda t: ops.multi_hot(t, 5, dtype="float32"))
    golden.op(K + "multi_hot", "vector", [np.array([0, 3], np.int32), 5], lambda t: ops.multi_hot(t, 5, dtype="float32"))
    golden.op(
        K + "select",
        "the first that holds",
        [[booleans(2, 3), booleans(2, 3)], [numbers(2, 3), numbers(2, 3)], 0.5],
        lambda c, d, a, b: ops.select([c, d], [a, b], 0.5),
    )
    golden.op(K + "scatter", "rows, twice at one place", [np.array([[1], [3], [1]], np.int32), numbers(3, 2), [4, 2]], lambda i, v: scattered(i, v, (4, 2)))
    golden.op(K + "scatter", "elements", [np.array([[[0, 1]], [[2, 0]]], np.int32), numbers(2, 1), [3, 2]], lambda i, v: scattered(i, v, (3, 2)))
    indices = np.array([[0, 1], [2, 0], [0, 1]], np.int32)
    for reduction in ["add", "max", "min", "mul"]:
        golden.op(K + "scatter_update", reduction, [numbers(3, 2), indices, numbers(3), {"reduction": reduction}], lambda t, i, u: ops.scatter_update(t, i, u, reduction=reduction), gradients=reduction == "add")
    golden.op(K + "scatter_update", "the last one replaces", [numbers(3, 2), indices, numbers(3)], lambda t, i, u: replaced(t, i, u))
    golden.op(K + "scatter_update", "rows", [numbers(4, 2), np.array([[3], [0]], np.int32), numbers(2, 2)], lambda t, i, u: ops.scatter_update(t, i, u))
    ids = np.array([2, 0, 2, 0, -1, 3, 2], np.int32)
    for name in ["segment_sum", "segment_max", "segment_min", "segment_prod"]:
        golden.op(K + name, "matrix, ids outside", [numbers(7, 3), ids, {"numSegments": 5}], lambda d, i: segments(name, d, i, 5))
        golden.op(K + name, "vector, sorted", [numbers(5), np.array([0, 0, 1, 2, 2], np.int32), {"sorted": True}], lambda d, i: segments(name, d, i, 3))
    golden.op(K + "segment_max", "equals share", [np.array([1, 2, 2, 2], np.float32), np.array([0, 0, 0, 0], np.int32), {"numSegments": 1}], lambda d, i: segments("segment_max", d, i, 1))
    golden.op(K + "segment_max", "integers", [integers(5), np.array([0, 0, 1, 1, 1], np.int32), {"numSegments": 2}], lambda d, i: ops.segment_max(d, i, 2))


def scattered(indices, values, shape):
    return torch.zeros(shape, dtype=values.dtype).index_put(tuple(torch.movedim(indices.long(), -1, 0)), values, accumulate=True)


def replaced(inputs, indices, updates):
    """Of equal indices the last counts, which PyTorch leaves open."""
    rows = [row for row in inputs.reshape(-1)]
    for (i, j), u in zip(indices.tolist(), updates):
        rows[i * inputs.shape[1] + j] = u
    return torch.stack(rows).reshape(inputs.shape)


def segments(name, data, ids, count):
    """Keras's torch backend computes segments in float32 and does not follow their gradient to float64; PyTorch's own reduction does."""
    method = {"segment_sum": "sum", "segment_max": "amax", "segment_min": "amin", "segment_prod": "prod"}[name]
    start = {"sum": 0.0, "amax": -np.inf, "amin": np.inf, "prod": 1.0}[method]
    kept = (ids >= 0) & (ids < count)
    rows = ids[kept].long().reshape(-1, *[1] * (data.ndim - 1)).expand(-1, *data.shape[1:])
    empty = torch.full((count, *data.shape[1:]), start, dtype=data.dtype)
    return empty.scatter_reduce(0, rows, data[kept], method)


def activations(golden):
    x = np.concatenate([numbers(3, 4, low=-4, high=4).ravel(), np.array([0, 0.5, -0.5, 30, -30, 100], np.float32)]).astype(np.float32).reshape(3, 6)
    plain = ["relu", "relu6", "sigmoid", "silu", "softplus", "softsign", "tanh_shrink", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh"]
    plain += ["elu", "celu", "selu", "gelu", "leaky_relu", "sparse_plus", "sparse_sigmoid", "squareplus", "hard_shrink", "soft_shrink"]
    for name in plain:
        golden.op(K + name, "plain", [x])
    for name, options in [
        ("elu", {"alpha": 0.5}),
        ("celu", {"alpha": 0.5}),
        ("gelu", {"approximate": False}),
        ("leaky_relu", {"negative_slope": 0.3}),
        ("squareplus", {"b": 1}),
        ("hard_shrink", {"threshold": 1.0}),
        ("soft_shrink", {"threshold": 1.0}),
        ("threshold", {"threshold": 0.5, "default_value": -2.0}),
    ]:
        fn = getattr(ops, name)
        golden.op(K + name, "options", [x, {("negativeSlope" if key == "negative_slope" else "defaultValue" if key == "default_value" else key): value for key, value in options.items()}], lambda t: fn(t, **options))
    golden.op(K + "glu", "last axis", [numbers(3, 4)])
    golden.op(K + "glu", "first axis", [numbers(4, 3), 0], lambda t: ops.glu(t, axis=0))
    for name in ["softmax", "log_softmax"]:
        fn = getattr(ops, name)
        golden.op(K + name, "last axis", [x])
        golden.op(K + name, "first axis", [x, 0], lambda t: fn(t, axis=0))
        golden.op(K + name, "two axes", [numbers(2, 3, 4), [0, 2]], lambda t: fn(t.permute(1, 0, 2).reshape(3, 8)).reshape(3, 2, 4).permute(1, 0, 2))
    golden.op(K + "sparsemax", "last axis", [numbers(4, 5)], lambda t: simplex_projection(t))
    golden.op(K + "sparsemax", "first axis", [numbers(5, 3), 0], lambda t: simplex_projection(t.T).T)
    golden.op(K + "sparsemax", "one class takes all, as Keras", [numbers(3, 4) + np.array([5, 0, 0, 0], np.float32)])


def simplex_projection(x):
    """Sparsemax of rows (Martins & Astudillo 2016, algorithm 1). Keras 3.15 adds up all running sums where the algorithm takes the last of the
    support, so that its results do not sum to 1 where more than one class has a share."""
    ordered = x.sort(-1, descending=True).values
    sums = ordered.cumsum(-1)
    ranks = torch.arange(1, x.shape[-1] + 1)
    k = (1 + ranks * ordered > sums).sum(-1, keepdim=True)
    threshold = (sums.gather(-1, k - 1) - 1) / k
    return (x - threshold).clamp(min=0)


def normalization(golden):
    x = numbers(3, 4, 5)
    golden.op(K + "batch_normalization", "channels last", [x, numbers(5), numbers(5, low=0.1)], lambda t, m, v: ops.batch_normalization(t, m, v, -1))
    golden.op(
        K + "batch_normalization",
        "middle axis, scale and offset",
        [x, numbers(4), numbers(4, low=0.1), {"axis": 1, "offset": numbers(4), "scale": numbers(4), "epsilon": 0.01}],
        lambda t, m, v, o, s: ops.batch_normalization(t, m, v, 1, offset=o, scale=s, epsilon=0.01),
    )
    golden.op(K + "layer_normalization", "last axis", [x, {"gamma": numbers(5), "beta": numbers(5)}], lambda t, g, b: ops.layer_normalization(t, g, b))
    golden.op(K + "layer_normalization", "two axes", [x, {"gamma": numbers(4, 5), "axis": [1, 2], "epsilon": 1e-3}], lambda t, g: ops.layer_normalization(t, g, axis=[1, 2], epsilon=1e-3))
    # Keras's torch backend takes one axis for the last.
    golden.op(K + "layer_normalization", "middle axis", [x, {"beta": numbers(4), "axis": 1, "epsilon": 1e-3}], lambda t, b: F.layer_norm(t.movedim(1, -1), (4,), None, b, 1e-3).movedim(-1, 1))
    golden.op(K + "rms_normalization", "last axis", [x])
    golden.op(K + "rms_normalization", "scale", [x, {"scale": numbers(5), "epsilon": 1e-3}], lambda t, s: ops.rms_normalization(t, s, epsilon=1e-3))
    zero_row = np.array([[3.0, 4.0], [1.0, -1.0]], np.float32)
    for order in [1, 2, 3]:
        golden.op(K + "normalize", f"order {order}", [x, -1, {"order": order}], lambda t: ops.normalize(t, order=order))
    golden.op(K + "normalize", "first axis", [zero_row, 0], lambda t: ops.normalize(t, axis=0))
    golden.op(K + "normalize", "zeros", [np.zeros((2, 3), np.float32)], lambda t: ops.normalize(t.detach()), gradients=False)


def crossentropies(golden):
    shares = numbers(3, 4, low=0.05, high=1)
    target = np.abs(numbers(3, 4))
    golden.op(K + "categorical_crossentropy", "probabilities", [target, shares])
    golden.op(K + "categorical_crossentropy", "logits", [target, numbers(3, 4), {"fromLogits": True}], lambda t, o: ops.categorical_crossentropy(t, o, from_logits=True))
    golden.op(K + "categorical_crossentropy", "first axis", [target, shares, {"axis": 0}], lambda t, o: ops.categorical_crossentropy(t, o, axis=0))
    classes = np.array([2, 0, 3], np.int32)
    golden.op(K + "sparse_categorical_crossentropy", "probabilities", [classes, shares])
    golden.op(K + "sparse_categorical_crossentropy", "logits, an axis of one", [classes[:, None], numbers(3, 4), {"fromLogits": True}], lambda t, o: ops.sparse_categorical_crossentropy(t, o, from_logits=True))
    golden.op(K + "sparse_categorical_crossentropy", "middle axis", [integers(2, 3, high=4), numbers(2, 4, 3, low=0.05), {"axis": 1}], lambda t, o: ops.sparse_categorical_crossentropy(t, o, axis=1))
    bits = np.array([[0, 1, 0.3], [1, 0, 1]], np.float32)
    golden.op(K + "binary_crossentropy", "probabilities", [bits, numbers(2, 3, low=0.05, high=0.95)], lambda t, o: ops.binary_crossentropy(t.detach(), o), gradients=False)
    golden.op(K + "binary_crossentropy", "gradient", [np.array([1, 0, 1, 0], np.int32), numbers(4, low=0.05, high=0.95)], lambda t, o: ops.binary_crossentropy(t.to(o.dtype), o))
    golden.op(K + "binary_crossentropy", "logits", [np.array([1, 0, 1, 0], np.int32), np.array([0.0, -50, 3, 40], np.float32), {"fromLogits": True}], lambda t, o: ops.binary_crossentropy(t.to(o.dtype), o, from_logits=True))


def ctc(golden):
    target = np.array([[1, 2, 2], [3, 1, 0], [2, 0, 0]], np.int32)
    lengths = np.array([3, 2, 0], np.int32)
    steps = np.array([7, 5, 4], np.int32)
    logits = normals(3, 7, 5)
    golden.op(K + "ctc_loss", "lengths", [target, logits, lengths, steps], lambda t, o, n, m: ops.ctc_loss(t, o, n, m))
    last = np.array([[1, 2, 2], [3, 1, 3]], np.int32)
    golden.op(
        K + "ctc_loss",
        "the last class as blank",
        [last, normals(2, 6, 5), np.array([3, 3], np.int32), np.array([6, 6], np.int32), {"maskIndex": 4}],
        lambda t, o, n, m: ops.ctc_loss(t, o, n, m, mask_index=4),
    )
    golden.op(
        K + "ctc_loss", "out of reach", [np.array([[1, 1, 1]], np.int32), normals(1, 4, 3), np.array([3], np.int32), np.array([4], np.int32)],
        lambda t, o, n, m: ops.ctc_loss(t, o, n, m), gradients=False,
    )
    shares = normals(3, 8, 4, scale=2.0)
    golden.op(K + "ctc_decode", "greedy", [shares, np.array([8, 5, 3], np.int32)], lambda x, n: list(ops.ctc_decode(x, n)), gradients=False)
    golden.op(
        K + "ctc_decode", "greedy, repeats kept", [shares, np.array([8, 5, 3], np.int32), {"mergeRepeated": False, "maskIndex": 3}],
        lambda x, n: list(ops.ctc_decode(x, n, merge_repeated=False, mask_index=3)), gradients=False,
    )
    golden.op(
        K + "ctc_decode", "beam search", [shares, np.array([8, 5, 3], np.int32), {"strategy": "beamSearch", "beamWidth": 6, "topPaths": 3}],
        lambda x, n: list(ops.ctc_decode(x, n, strategy="beam_search", beam_width=6, top_paths=3)), gradients=False,
    )


def attention(golden):
    q, k, v = normals(2, 4, 4, 3), normals(2, 5, 4, 3), normals(2, 5, 4, 3)
    call = ops.dot_product_attention
    golden.op(K + "dot_product_attention", "plain", [q, k, v])
    golden.op(K + "dot_product_attention", "grouped heads, scale", [q, k[:, :, :2].copy(), v[:, :, :2].copy(), {"scale": 0.3}], lambda a, b, c: call(a, b, c, scale=0.3))
    golden.op(K + "dot_product_attention", "bias", [q, k, v, {"bias": normals(1, 4, 4, 5)}], lambda a, b, c, d: call(a, b, c, bias=d))
    golden.op(K + "dot_product_attention", "mask", [q, k, v, {"mask": np.arange(40).reshape(2, 1, 4, 5) % 3 > 0}], lambda a, b, c, m: call(a, b, c, mask=m))
    blind = np.arange(4).reshape(1, 1, 4, 1) > 0
    golden.op(K + "dot_product_attention", "a row that sees nothing", [q, k, v, {"mask": blind}], lambda a, b, c, m: torch.where(m.movedim(1, 2), call(a, b, c), c.mean(1, keepdim=True)))
    same = [normals(2, 4, 2, 3) for _ in range(3)]
    golden.op(K + "dot_product_attention", "causal", [*same, {"isCausal": True}], lambda a, b, c: call(a, b, c, is_causal=True))
    golden.op(K + "dot_product_attention", "causal, more keys", [q, k, v, {"isCausal": True}], lambda a, b, c: call(a, b, c, is_causal=True))
    seen = np.arange(16).reshape(1, 1, 4, 4) % 5 != 2
    golden.op(K + "dot_product_attention", "causal and mask", [*same, {"isCausal": True, "mask": seen}], lambda a, b, c, m: call(a, b, c, mask=m, is_causal=True))
    golden.op(K + "dot_product_attention", "soft cap", [*same, {"attnLogitsSoftCap": 2.0, "isCausal": True}], lambda a, b, c: capped(a, b, c, 2.0))
    golden.op(K + "dot_product_attention", "soft cap, grouped heads", [normals(1, 3, 4, 2), normals(1, 3, 2, 2), normals(1, 3, 2, 2), {"attnLogitsSoftCap": 1.0, "isCausal": True}], lambda a, b, c: capped(a, b, c, 1.0))


def capped(q, k, v, cap):
    """Causal attention whose scores are bounded, which Keras computes on TPU only."""
    group = q.shape[2] // k.shape[2]
    k, v = (t.repeat_interleave(group, dim=2) for t in (k, v))
    scores = torch.einsum("btnh,bsnh->bnts", q, k) / q.shape[-1] ** 0.5
    scores = cap * torch.tanh(scores / cap)
    scores = scores.masked_fill(~torch.tril(torch.ones(scores.shape[-2:], dtype=torch.bool)), -torch.inf)
    return torch.einsum("bnts,bsnh->btnh", scores.softmax(-1), v)


def windows(golden):
    one, two, three = normals(2, 9, 3), normals(2, 6, 7, 4), normals(1, 4, 5, 4, 2)
    call = ops.conv
    golden.op(K + "conv", "1-D, same, stride", [one, normals(4, 3, 2), {"strides": 2, "padding": "same"}], lambda x, w: call(x, w, strides=2, padding="same"))
    golden.op(K + "conv", "2-D, valid", [two, normals(3, 2, 4, 3)], lambda x, w: call(x, w))
    golden.op(K + "conv", "2-D, dilated, same", [two, normals(3, 3, 4, 2), {"dilationRate": [2, 1], "padding": "same"}], lambda x, w: call(x, w, dilation_rate=(2, 1), padding="same"))
    golden.op(K + "conv", "2-D, groups", [two, normals(2, 2, 2, 6), {"strides": [2, 1]}], lambda x, w: call(x, w, strides=(2, 1)))
    golden.op(K + "conv", "3-D", [three, normals(2, 2, 2, 2, 3), {"padding": "same", "strides": 2}], lambda x, w: call(x, w, padding="same", strides=2))
    first = {"dataFormat": "channelsFirst"}
    golden.op(K + "conv", "channels first", [normals(2, 3, 5, 6), normals(2, 2, 3, 4), {**first, "padding": "same"}], lambda x, w: call(x, w, data_format="channels_first", padding="same"))
    golden.op(K + "depthwise_conv", "1-D", [one, normals(3, 3, 2)], lambda x, w: ops.depthwise_conv(x, w))
    golden.op(K + "depthwise_conv", "2-D, same, stride", [two, normals(3, 3, 4, 2), {"strides": 2, "padding": "same"}], lambda x, w: ops.depthwise_conv(x, w, strides=2, padding="same"))
    golden.op(K + "depthwise_conv", "channels first", [normals(2, 3, 5, 6), normals(2, 2, 3, 2), first], lambda x, w: ops.depthwise_conv(x, w, data_format="channels_first"))
    golden.op(K + "separable_conv", "2-D, same", [two, normals(3, 3, 4, 2), normals(1, 1, 8, 3), {"padding": "same"}], lambda x, d, p: ops.separable_conv(x, d, p, padding="same"))
    golden.op(K + "separable_conv", "1-D, stride", [one, normals(3, 3, 1), normals(1, 3, 2), {"strides": 2}], lambda x, d, p: ops.separable_conv(x, d, p, strides=2))
    transposed = ops.conv_transpose
    small = normals(2, 3, 4, 3)
    for padding in ["valid", "same"]:
        for stride, size in [(1, 3), (2, 3), (2, 2), (3, 2), (2, 4)]:
            golden.op(K + "conv_transpose", f"2-D, {padding}, stride {stride}, kernel {size}", [small, normals(size, size, 2, 3), {"strides": stride, "padding": padding}], lambda x, w: transposed(x, w, strides=stride, padding=padding), gradients=size < 4)
    golden.op(K + "conv_transpose", "1-D, output padding", [normals(2, 4, 3), normals(3, 2, 3), {"strides": 2, "outputPadding": 1, "padding": "same"}], lambda x, w: transposed(x, w, strides=2, output_padding=1, padding="same"))
    golden.op(K + "conv_transpose", "1-D, dilated, output padding", [normals(2, 4, 3), normals(3, 2, 3), {"dilationRate": 2, "outputPadding": 0}], lambda x, w: transposed(x, w, dilation_rate=2, output_padding=0))
    golden.op(K + "conv_transpose", "3-D", [normals(1, 2, 2, 2, 2), normals(2, 2, 2, 1, 2), {"strides": 2}], lambda x, w: transposed(x, w, strides=2))
    golden.op(K + "conv_transpose", "channels first", [normals(2, 3, 3, 4), normals(3, 3, 2, 3), {**first, "strides": 2, "padding": "same"}], lambda x, w: transposed(x, w, strides=2, padding="same", data_format="channels_first"))


def pooling(golden):
    one, two, three = normals(2, 9, 3), normals(2, 6, 7, 2), normals(1, 4, 5, 4, 2)
    for name in ["max_pool", "average_pool"]:
        fn = getattr(ops, name)
        golden.op(K + name, "1-D", [one, 2], lambda x: fn(x, 2))
        golden.op(K + name, "2-D, overlapping", [two, [3, 2], {"strides": [1, 2]}], lambda x: fn(x, (3, 2), strides=(1, 2)))
        golden.op(K + name, "3-D", [three, 2], lambda x: fn(x, 2))
        golden.op(K + name, "channels first", [normals(2, 2, 5, 6), 2, {"dataFormat": "channelsFirst"}], lambda x: fn(x, 2, data_format="channels_first"))
        # Keras's torch backend repeats the last element at the odd end, which its other backends do not; here padding counts for nothing.
        golden.op(K + name, "2-D, same", [two, 3, {"strides": 2, "padding": "same"}], lambda x: padded_pool(name, x, 3, 2))
    for name in ["adaptive_max_pool", "adaptive_average_pool"]:
        fn = getattr(ops, name)
        golden.op(K + name, "1-D, uneven", [one, 4], lambda x: fn(x, 4))
        golden.op(K + name, "2-D", [two, [3, 4]], lambda x: fn(x, (3, 4)))
        golden.op(K + name, "3-D", [three, 2], lambda x: fn(x, 2))
        golden.op(K + name, "channels first, larger", [normals(2, 2, 3, 6), [5, 2], {"dataFormat": "channelsFirst"}], lambda x: fn(x, (5, 2), data_format="channels_first"))


def padded_pool(name, x, size, stride):
    """Windows of `[batch, height, width, channels]` with the odd element of `same` padding at the end; only real elements count."""
    x = x.permute(0, 3, 1, 2)
    margins = []
    for n in reversed(x.shape[2:]):
        total = max((-(-n // stride) - 1) * stride + size - n, 0)
        margins += [total // 2, total - total // 2]
    if name == "max_pool":
        return F.max_pool2d(F.pad(x, margins, value=-torch.inf), size, stride).permute(0, 2, 3, 1)
    total = F.avg_pool2d(F.pad(x, margins), size, stride)
    return (total / F.avg_pool2d(F.pad(torch.ones_like(x), margins), size, stride)).permute(0, 2, 3, 1)


def blocks(golden):
    golden.op(K + "unfold", "plain", [normals(2, 3, 4, 5), 2], lambda x: ops.unfold(x, 2))
    options = {"dilation": [2, 1], "padding": 1, "stride": [1, 2]}
    golden.op(K + "unfold", "every option", [normals(1, 2, 5, 6), [2, 3], options], lambda x: ops.unfold(x, (2, 3), **options))
    golden.op(K + "fold", "plain", [normals(2, 8, 6), [3, 4], 2], lambda x: ops.fold(x, (3, 4), 2))
    golden.op(K + "fold", "every option", [normals(1, 12, 15), [5, 6], [2, 3], options], lambda x: ops.fold(x, (5, 6), (2, 3), **options))


def control(golden):
    x = numbers(3, 4)
    for name, given in [("condPositive", np.abs(x)), ("condNegative", -np.abs(x))]:
        golden.op(K + "cond", name, [given], lambda t: ops.cond(t.sum() > 0, lambda: t * t, lambda: t - 1), function="condOfSum")
    for index in [0, 1, 2, 9, -4]:
        branches = [lambda t: t + 1, lambda t: t * t, lambda t: t.exp()]
        golden.op(K + "switch", f"branch {index}", [np.array(index, np.int32), x], lambda i, t: ops.switch(i, branches, t), function="switchOfThree")
    step = lambda c, t: (c * 0.5 + t, c * t)
    golden.op(K + "scan", "forwards", [numbers(4), numbers(5, 4)], lambda c, t: list(ops.scan(step, c, t)), function="scanForwards")
    golden.op(K + "scan", "backwards", [numbers(4), numbers(5, 4)], lambda c, t: list(ops.scan(step, c, t, reverse=True)), function="scanBackwards")
    golden.op(K + "scan", "a length", [numbers(4)], lambda c: list(ops.scan(lambda v, _: (v * v * 0.5, v), c, None, length=3)), function="scanOfLength")
    golden.op(K + "map", "rows", [x], lambda t: ops.map(lambda row: row * (row * row).sum(), t), function="mapRows")
    golden.op(K + "vectorized_map", "rows", [x], lambda t: ops.vectorized_map(lambda row: row * (row * row).sum(), t), function="vectorizedRows")
    golden.op(K + "vectorized_map", "two tensors", [x, numbers(3, 4, 2)], lambda t, m: ops.vectorized_map(lambda p: p[0] @ p[1], (t, m)), function="vectorizedPairs")
    golden.op(K + "fori_loop", "numbers", [x], lambda t: ops.fori_loop(1, 5, lambda i, v: v * v * 0.3 + i, t), function="foriNumbers")
    golden.op(K + "fori_loop", "a computed bound", [x, np.array(3, np.int32)], lambda t, n: ops.fori_loop(0, int(n), lambda i, v: v * 0.5 + i, t), function="foriComputed", gradients=False)
    condition, body = (lambda i, v: v.sum() < 50), (lambda i, v: (i + 1, v * v + 1))
    golden.op(K + "while_loop", "until large", [np.array(0, np.int32), numbers(3)], lambda i, v: list(ops.while_loop(condition, body, (i, v))), function="whileSmall", gradients=False)
    golden.op(K + "while_loop", "at most two steps", [np.array(0, np.int32), numbers(3)], lambda i, v: list(ops.while_loop(condition, body, (i, v), maximum_iterations=2)), function="whileTwice", gradients=False)
    golden.op(K + "associative_scan", "sums, odd length", [numbers(7, 2)], lambda t: t.cumsum(0), function="associativeSums")
    golden.op(K + "associative_scan", "sums from the end, second axis", [numbers(2, 6)], lambda t: t.flip(1).cumsum(1).flip(1), function="associativeSumsReversed")
    golden.op(K + "associative_scan", "linear recurrence", [numbers(5, 2), numbers(5, 2)], lambda a, b: recurrence(a, b), function="associativeRecurrence")
    golden.op(K + "vectorize", "a signature", [numbers(2, 1, 3), numbers(4, 3)], lambda a, b: (a * b).sum(-1), function="vectorizeDot")
    golden.op(K + "vectorize", "scalars", [numbers(2, 1), numbers(3)], lambda a, b: torch.maximum(a, b) * a, function="vectorizeScalars")
    golden.op(K + "custom_gradient", "three times the slope's upstream", [x], lambda t: Tripled.apply(t), function="tripledGradient")
    golden.op(K + "stop_gradient", "one factor", [x], lambda t: t * ops.stop_gradient(t), function="halfStopped")
    golden.op(K + "jvp", "value and direction", [x, numbers(3, 4)], lambda t, d: list(torch.func.jvp(lambda v: v * v.sin(), (t,), (d,))), function="directional", gradients=False)


def recurrence(factors, terms):
    """h[k] = factors[k] h[k−1] + terms[k], and the products of the factors."""
    h, rows = torch.zeros_like(terms[0]), []
    for a, b in zip(factors, terms):
        h = a * h + b
        rows.append(h)
    return [factors.cumprod(0), torch.stack(rows)]


class Tripled(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x * x

    @staticmethod
    def backward(context, upstream):
        return 3 * upstream


golden = Golden("ops-reductions")
reductions(golden)
nan_reductions(golden)
statistics(golden)
order(golden)
indexing(golden)
golden.write()

golden = Golden("ops-nn")
activations(golden)
normalization(golden)
crossentropies(golden)
ctc(golden)
attention(golden)
windows(golden)
pooling(golden)
blocks(golden)
golden.write()

golden = Golden("ops-control")
control(golden)
golden.write()
