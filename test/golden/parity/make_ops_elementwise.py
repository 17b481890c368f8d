"""Writes ops-elementwise.json: elementwise functions, creation, dtypes and bits, shape manipulation.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_ops_elementwise.py
"""

import numpy as np
import torch
from arrays import Golden, booleans, integers, numbers
from keras import ops

golden = Golden("ops-elementwise")
NAN, INF = float("nan"), float("inf")
F32_MAX = float(np.finfo(np.float32).max)


def row(name):
    return f"keras.ops.{name}"


def floats(*values):
    return np.array(values, np.float32)


def unary(name, x, case="numbers", **options):
    golden.op(row(name), case, [x], **options)


# Functions of one number: on an interval, and where digits or signs are easily lost.
near = floats(-1e-3, -1e-6, 0, 1e-6, 1e-3)
intervals = {
    "abs": (-2, 2),
    "absolute": (-2, 2),
    "arccos": (-0.99, 0.99),
    "arccosh": (1.01, 20),
    "arcsin": (-0.99, 0.99),
    "arcsinh": (-20, 20),
    "arctan": (-5, 5),
    "arctanh": (-0.99, 0.99),
    "cbrt": (-8, 8),
    "cos": (-6, 6),
    "cosh": (-4, 4),
    "deg2rad": (-360, 360),
    "erf": (-3, 3),
    "erfc": (-2, 6),
    "erfinv": (-0.99, 0.99),
    "exp": (-4, 4),
    "exp2": (-4, 4),
    "expm1": (-3, 3),
    "fabs": (-2, 2),
    "i0": (-12, 12),
    "log": (0.05, 20),
    "log10": (0.05, 20),
    "log1p": (-0.9, 20),
    "log2": (0.05, 20),
    "negative": (-2, 2),
    "rad2deg": (-7, 7),
    "reciprocal": (0.1, 3),
    "rsqrt": (0.1, 9),
    "sign": (-2, 2),
    "sin": (-6, 6),
    "sinc": (-3, 3),
    "sinh": (-4, 4),
    "sqrt": (0.1, 9),
    "square": (-3, 3),
    "tan": (-1.4, 1.4),
    "tanh": (-4, 4),
}
for name, (low, high) in intervals.items():
    unary(name, numbers(3, 5, low=low, high=high), "an interval")
for name in ("arcsin", "arcsinh", "arctan", "arctanh", "erf", "erfinv", "expm1", "log1p", "sinh", "tan", "tanh"):
    unary(name, near, "near 0")
unary("sinc", near, "near 0")
unary("i0", near, "near 0")
unary("arctan", floats(-INF, -1e30, -1, 1, 1e30, INF), "far out")
unary("arcsin", floats(-1, 1), "at the ends", gradients=False)
unary("arccos", floats(-1, 1, 0.9999), "at the ends", gradients=False)
unary("arccosh", floats(1, 1.0001, 1e20, INF), "at the ends", gradients=False)
unary("arcsinh", floats(-1e20, 1e20, INF), "far out")
unary("arctanh", floats(-1, 1), "at the ends", gradients=False)
unary("arcsin", floats(-1.5, 1.5, NAN), "outside", gradients=False)
unary("arccosh", floats(-3, 0.5, NAN), "outside", gradients=False)
unary("arctanh", floats(-1.5, 3), "outside", gradients=False)
unary("sinh", floats(-80, 80), "large")
unary("cosh", floats(-80, 80), "large")
unary("erfc", floats(5, 6, 7, 8), "where it is small")
unary("erfinv", floats(-1, 1), "at the ends", gradients=False)
unary("erfinv", floats(0.999, 0.9999, 0.99999), "near 1")
unary("i0", floats(-60, 60, 80), "large")
unary("abs", floats(-1, 0, 2), "at 0")
unary("log", floats(0, INF, -1), "at 0", gradients=False)
unary("abs", integers(5, low=-9, high=9), "integers")
unary("square", integers(5, low=-9, high=9), "integers")
unary("negative", integers(5, low=-9, high=9), "integers")
unary("sqrt", integers(5, low=0, high=9), "integers")
unary("fabs", integers(5, low=-9, high=9), "integers")

# Rounding and kinds of numbers.
halves = floats(-2.5, -1.5, -0.7, -0.5, 0, 0.5, 0.3, 1.5, 2.5, 3.2)
for name in ("ceil", "floor", "trunc", "round"):
    unary(name, halves, "halves")
golden.op(row("round"), "two decimals", [numbers(4, 3, low=-9, high=9), {"decimals": 2}], lambda x: ops.round(x, 2))
golden.op(row("round"), "hundreds", [numbers(6, low=-900, high=900), {"decimals": -2}], lambda x: ops.round(x, -2))
golden.op(row("trunc"), "integers", [integers(4, low=-5, high=5)])
special = floats(-INF, -2, -0.0, 0, 1, INF, NAN)
for name in ("isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "signbit"):
    unary(name, special, "special numbers")
    unary(name, integers(4, low=-5, high=5), "integers")
unary("sign", floats(-3, -0.5, 0, 0.25, 7), "both sides of 0")
unary("nan_to_num", special, "defaults", call=lambda x: ops.nan_to_num(x, posinf=F32_MAX, neginf=-F32_MAX))
golden.op(
    row("nan_to_num"),
    "given numbers",
    [special, {"nan": 7, "posinf": 100, "neginf": -100}],
    lambda x: ops.nan_to_num(x, nan=7.0, posinf=100.0, neginf=-100.0),
)
unary("logical_not", booleans(6), "bools")
unary("logical_not", floats(0, 1, -2), "floats")

# Functions of two operands.
matrix, vector = numbers(3, 4), numbers(4)
for name in ("add", "subtract", "multiply", "maximum", "minimum", "fmax", "fmin", "hypot", "arctan2", "logaddexp", "logaddexp2"):
    golden.op(row(name), "broadcast", [matrix, vector])
positive = numbers(4, low=0.5, high=2)
for name in ("divide", "true_divide", "divide_no_nan", "fmod", "mod"):
    golden.op(row(name), "broadcast", [matrix, positive])
golden.op(row("floor_divide"), "broadcast", [matrix, positive], gradients=False)
golden.op(row("power"), "positive bases", [numbers(3, 4, low=0.2, high=3), vector])
golden.op(row("power"), "a cube", [matrix, 3], lambda x: ops.power(x, 3.0))
golden.op(row("multiply"), "a number", [matrix, 2.5], lambda x: ops.multiply(x, 2.5))
golden.op(row("subtract"), "from a number", [1, matrix], lambda x: ops.subtract(1.0, x))
golden.op(row("divide"), "integers", [integers(5, low=-9, high=9), integers(5, low=1, high=5)])
golden.op(row("divide_no_nan"), "zeros", [floats(1, 0, -2), floats(0, 0, 4)])
signs = floats(-7, -7, 7, 7, -5.5, 5.5), floats(3, -3, 3, -3, 2, -2)
for name in ("mod", "fmod", "floor_divide"):
    golden.op(row(name), "signs", list(signs), gradients=name != "floor_divide")
whole = integers(8, low=-20, high=20), np.array([3, -3, 4, -4, 7, -7, 1, -1], np.int32)
for name in ("mod", "fmod", "floor_divide", "add", "multiply", "maximum", "gcd", "lcm"):
    golden.op(row(name), "integers", list(whole))
golden.op(row("floor_divide"), "large integers", [np.array([2147483647, -2147483648, 123456789], np.int32), np.array([7, 3, -1000], np.int32)])
golden.op(row("gcd"), "zeros", [np.array([0, 0, 12], np.int32), np.array([0, 5, 0], np.int32)])
golden.op(row("lcm"), "zeros", [np.array([0, 0, 12], np.int32), np.array([0, 5, 0], np.int32)])
for name in ("fmax", "fmin"):
    golden.op(row(name), "NaN", [floats(NAN, 1, NAN, 2), floats(1, NAN, NAN, 3)], gradients=False)
for name in ("maximum", "minimum"):
    golden.op(row(name), "ties", [floats(1, 2, 3), floats(1, 3, 2)])
# NaN is left out: PyTorch makes it 0, NumPy and Tenon NaN.
golden.op(row("heaviside"), "signs", [floats(-1, 0, 2), floats(0.5, 0.25, 7)], gradients=False)
golden.op(row("hypot"), "large", [floats(3e30, -INF, 0), floats(4e30, 1, 0)], gradients=False)
quadrants = floats(1, 1, -1, -1, 0, 0, 2, -2, 0.0, -0.0), floats(1, -1, 1, -1, 2, -2, 0, 0, -0.0, -0.0)
golden.op(row("arctan2"), "quadrants and signed zeros", list(quadrants), gradients=False)
golden.op(row("arctan2"), "quadrants", [x[:8] for x in quadrants])
golden.op(row("arctan2"), "infinities", [floats(INF, INF, -INF, 1), floats(INF, -INF, 1, INF)], gradients=False)
golden.op(row("logaddexp"), "far apart and equal", [floats(-200, 1, 50, -INF), floats(300, 1, 49, -INF)], gradients=False)
golden.op(row("logaddexp"), "far apart", [floats(-200, 1, 50), floats(300, 1, 49)])
golden.op(row("ldexp"), "powers", [numbers(5), np.array([-3, 0, 2, 5, 10], np.int32)])
golden.op(row("gammainc"), "both branches", [numbers(10, low=0.3, high=6), numbers(10, low=0.1, high=12)], torch.special.gammainc, gradients=False)
golden.op(row("gammainc"), "gradient in x", [2.5, numbers(6, low=0.1, high=9)], lambda x: torch.special.gammainc(torch.tensor(2.5, dtype=x.dtype), x))
golden.op(row("gammainc"), "ends", [floats(1, 2, 3, -1), floats(0, INF, 1e-4, 1)], torch.special.gammainc, gradients=False)
next_to = floats(1, 1, -1, 0.1, -7, 3e38, 2e-38, 5, INF), floats(2, -2, INF, 1, -10, INF, 0, 5, 0)
golden.op(
    row("nextafter"),
    "by one bit",
    list(next_to),
    lambda x, y: torch.nextafter(x.float(), y.float()),
    gradients=False,
)

# Comparisons and logic.
left, right = floats(1, 2, 3, NAN), floats(1, 3, 2, NAN)
for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    golden.op(row(name), "floats", [left, right])
    golden.op(row(name), "integers and a number", [np.array([1, 2, 3], np.int32), 2], lambda x, name=name: getattr(ops, name)(x, 2))
for name in ("logical_and", "logical_or", "logical_xor"):
    golden.op(row(name), "bools", [np.array([True, True, False, False]), np.array([True, False, True, False])])
    golden.op(row(name), "floats", [floats(0, 1, 2, 0), floats(0, 0, 3, -1)])
close = floats(1, 1, INF, NAN, 1e-9, 100), floats(1.000001, 1.1, INF, NAN, 0, 100.001)
golden.op(row("isclose"), "defaults", list(close))
golden.op(
    row("isclose"),
    "options",
    [*close, {"rtol": 1e-4, "atol": 0, "equalNan": True}],
    lambda x, y: ops.isclose(x, y, rtol=1e-4, atol=0.0, equal_nan=True),
)
golden.op(row("allclose"), "close", [close[0][:1], close[1][:1]], lambda x, y: torch.tensor(bool(ops.allclose(x, y))))
golden.op(row("allclose"), "not close", list(close), lambda x, y: torch.tensor(bool(ops.allclose(x, y))))
golden.op(row("where"), "broadcast", [booleans(3, 4), matrix, vector])
golden.op(row("where"), "a number", [booleans(3, 4), matrix, 0], lambda c, x: ops.where(c, x, 0.0))
golden.op(row("clip"), "numbers", [matrix, -0.5, 1], lambda x: ops.clip(x, -0.5, 1.0))
golden.op(row("clip"), "tensors", [matrix, vector - 1, vector + 0.5])
golden.op(row("clip"), "at the bounds", [floats(-2, -1, 0, 1, 2), -1, 1], lambda x: torch.clamp(x, -1.0, 1.0))
golden.op(row("clip"), "at bounds that are tensors", [floats(-2, -1, 0, 1, 2), floats(-1, -1, -1, -1, -1), floats(1, 1, 1, 1, 1)])
golden.op(row("clip"), "integers", [integers(6), 2, 5], lambda x: ops.clip(x, 2, 5))

# Bits and dtypes.
bits = np.array([0, 1, -1, 12, -100, 2**30], np.int32), np.array([3, 1, 7, 10, 5, 2], np.int32)
for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift"):
    golden.op(row(name), "integers", list(bits))
for name in ("bitwise_not", "bitwise_invert"):
    golden.op(row(name), "integers", [bits[0]])
    golden.op(row(name), "bools", [booleans(4)])
golden.op(row("bitwise_not"), "bytes", [np.array([0, 7, 255], np.uint8)])
golden.op(row("bitwise_xor"), "bools", [booleans(5), booleans(5)])
# Without subnormal numbers, which some devices take for 0.
patterns = floats(0, -0.0, 1, -1.5, 3.25e-7, -3.4e38, 1.2e-38, 0.1, -1e-30, INF, -INF)
golden.op(row("view"), "f32 as i32", [patterns, "i32"], lambda x: x.float().view(torch.int32), gradients=False)
integers_of_patterns = patterns.view(np.int32)
golden.op(row("view"), "i32 as f32", [integers_of_patterns, "f32"], lambda x: x.view(torch.float32), gradients=False)
golden.op(row("view"), "i32 as bytes", [integers(2, 3, low=-(2**31), high=2**31 - 1), "u8"], lambda x: x.view(torch.uint8), gradients=False)
golden.op(row("view"), "bytes as f32", [patterns.view(np.uint8).reshape(11, 4), "f32"], lambda x: x.view(torch.float32), gradients=False)
golden.op(row("view"), "i8 as u8", [np.array([-1, 5, -128], np.int8), "u8"], lambda x: x.view(torch.uint8), gradients=False)
golden.op(row("cast"), "floats to integers", [floats(-2.7, -0.5, 0.5, 2.7), "i32"], lambda x: ops.cast(x, "int32"))
golden.op(row("cast"), "integers to floats", [integers(4), "f32"], lambda x: ops.cast(x, "float32"))
golden.op(row("cast"), "floats to bools", [floats(0, 0.5, -1), "bool"], lambda x: ops.cast(x, "bool"))
golden.op(row("saturate_cast"), "floats to bytes", [floats(-3, 0, 17.8, 255, 256, 1e9), "u8"], lambda x: ops.saturate_cast(x, "uint8"))
golden.op(row("saturate_cast"), "floats to i8", [floats(-300, -128, 17.8, 127, 129), "i8"], lambda x: ops.saturate_cast(x, "int8"))
golden.op(row("saturate_cast"), "integers to bytes", [integers(6, low=-300, high=600), "u8"], lambda x: ops.saturate_cast(x, "uint8"))
golden.op(row("dtype"), "of f32", [matrix], lambda x: "f32")
golden.op(row("shape"), "of a matrix", [matrix], lambda x: list(ops.shape(x)))
golden.op(row("ndim"), "of a matrix", [matrix], lambda x: int(ops.ndim(x)))
golden.op(row("size"), "of a matrix", [matrix], lambda x: int(ops.size(x)))
golden.op(row("is_tensor"), "a tensor", [matrix], lambda x: ops.is_tensor(x))
golden.op(row("is_tensor"), "a number", [3], lambda: ops.is_tensor(3))

# Creation.
golden.op(row("arange"), "of a stop", [5], lambda: ops.arange(5))
golden.op(row("arange"), "of floats", [0.5, 3, 0.5], lambda: ops.arange(0.5, 3, 0.5))
golden.op(row("arange"), "downwards", [5, -4, -3], lambda: ops.arange(5, -4, -3))
golden.op(row("array"), "nested", [[[1.5, 2], [3, 4]]], lambda: ops.array([[1.5, 2], [3, 4]]))
golden.op(row("convert_to_tensor"), "a dtype", [[[1, 2], [3, 4]], {"dtype": "i32"}], lambda: ops.convert_to_tensor([[1, 2], [3, 4]], dtype="int32"))
golden.op(row("convert_to_tensor"), "a tensor", [matrix])
golden.op(row("copy"), "a tensor", [matrix])
golden.op(row("zeros"), "a shape", [[2, 3]], lambda: ops.zeros((2, 3)))
golden.op(row("ones"), "integers", [[2, 3], {"dtype": "i32"}], lambda: ops.ones((2, 3), dtype="int32"))
golden.op(row("empty"), "a shape", [[2, 3]], lambda: ops.zeros((2, 3)))
golden.op(row("full"), "a number", [[2, 3], 1.5], lambda: ops.full((2, 3), 1.5))
golden.op(row("full"), "a vector", [[2, 4], vector], lambda x: ops.broadcast_to(x, (2, 4)))
golden.op(row("full_like"), "a dtype", [matrix, 7, {"dtype": "i32"}], lambda x: ops.full_like(x, 7, dtype="int32"))
golden.op(row("ones_like"), "floats", [matrix], gradients=False)
golden.op(row("zeros_like"), "integers", [integers(2, 3)])
golden.op(row("empty_like"), "integers", [integers(2, 3)], lambda x: ops.zeros_like(x))
golden.op(row("eye"), "rectangular, above", [3, 5, {"k": 1}], lambda: ops.eye(3, 5, k=1))
golden.op(row("eye"), "below", [4, 4, {"k": -2, "dtype": "i32"}], lambda: ops.eye(4, k=-2, dtype="int32"))
golden.op(row("identity"), "integers", [3, {"dtype": "i32"}], lambda: ops.identity(3, dtype="int32"))
golden.op(row("tri"), "rectangular", [3, 5, {"k": 1}], lambda: ops.tri(3, 5, k=1))
golden.op(row("tri"), "square, below", [4, 4, {"k": -1}], lambda: ops.tri(4, k=-1))
golden.op(row("linspace"), "both ends", [-1, 2, 7], lambda: ops.linspace(-1, 2, 7))
golden.op(row("linspace"), "without the end", [0, 1, 5, {"endpoint": False}], lambda: ops.linspace(0, 1, 5, endpoint=False))
golden.op(
    row("linspace"),
    "with the step",
    [0, 1, 5, {"retstep": True}],
    lambda: [ops.linspace(0, 1, 5), torch.tensor(ops.linspace(0, 1, 5, retstep=True)[1])],
)
golden.op(
    row("linspace"),
    "of tensors",
    [numbers(3), numbers(3), 4],
    lambda a, b: a[None] + torch.arange(4, dtype=a.dtype)[:, None] / 3 * (b - a)[None],
)
golden.op(
    row("linspace"),
    "of tensors, without the end, on the last axis",
    [numbers(3), numbers(3), 4, {"endpoint": False, "axis": -1}],
    lambda a, b: a[:, None] + torch.arange(4, dtype=a.dtype) / 4 * (b - a)[:, None],
)
golden.op(row("logspace"), "powers of 10", [0, 2, 5], lambda: ops.logspace(0, 2, 5))
golden.op(
    row("logspace"),
    "powers of 2 without the end",
    [0, 4, 4, {"endpoint": False, "base": 2}],
    lambda: ops.logspace(0, 4, 4, endpoint=False, base=2),
)
golden.op(
    row("logspace"),
    "of tensors",
    [numbers(2), numbers(2), 4],
    lambda a, b: 10 ** (a[None] + torch.arange(4, dtype=a.dtype)[:, None] / 3 * (b - a)[None]),
)
golden.op(row("geomspace"), "numbers", [1, 1000, 4], lambda: ops.geomspace(1.0, 1000.0, 4))
golden.op(row("geomspace"), "negative numbers", [-2, -32, 5], lambda: ops.geomspace(-2.0, -32.0, 5))
golden.op(
    row("geomspace"),
    "of tensors",
    [numbers(2, low=1, high=2), numbers(2, low=5, high=9), 4],
    lambda a, b: a[None] * (b / a)[None] ** (torch.arange(4, dtype=a.dtype)[:, None] / 3),
)
vectors = [numbers(3), numbers(4), numbers(2)]
golden.op(row("meshgrid"), "xy", [vectors], lambda *xs: list(ops.meshgrid(*xs)))
golden.op(row("meshgrid"), "ij", [vectors[:2], {"indexing": "ij"}], lambda *xs: list(ops.meshgrid(*xs, indexing="ij")))
for name in ("bartlett", "blackman", "hamming", "hanning"):
    golden.op(row(name), "odd", [7], lambda name=name: torch.tensor(getattr(np, name)(7)))
    golden.op(row(name), "even", [6], lambda name=name: getattr(ops, name)(6))
    golden.op(row(name), "one", [1], lambda name=name: torch.tensor(getattr(np, name)(1)))
golden.op(row("kaiser"), "beta 8.6", [9, 8.6], lambda: torch.tensor(np.kaiser(9, 8.6)))

# Shapes.
cube = numbers(2, 3, 4)
golden.op(row("append"), "flattened", [matrix, cube])
golden.op(row("append"), "along an axis", [matrix, numbers(3, 2), 1], lambda x, y: ops.append(x, y, axis=1))
golden.op(row("broadcast_to"), "rows", [vector, [3, 4]], lambda x: ops.broadcast_to(x, (3, 4)))
golden.op(row("concatenate"), "axis 1", [[matrix, numbers(3, 2), numbers(3, 1)], 1], lambda *xs: ops.concatenate(xs, axis=1))
golden.op(row("concatenate"), "axis 0", [[matrix, numbers(1, 4)]], lambda *xs: ops.concatenate(xs))
golden.op(row("stack"), "last axis", [[matrix, numbers(3, 4)], -1], lambda *xs: ops.stack(xs, axis=-1))
for name in ("hstack", "vstack", "dstack"):
    golden.op(row(name), "vectors", [[vector, numbers(4)]], lambda *xs, name=name: getattr(ops, name)(list(xs)))
    golden.op(row(name), "matrices", [[matrix, numbers(3, 4)]], lambda *xs, name=name: getattr(ops, name)(list(xs)))
    golden.op(row(name), "cubes", [[cube, numbers(2, 3, 4)]], lambda *xs, name=name: getattr(ops, name)(list(xs)))
golden.op(row("column_stack"), "vectors and a matrix", [[numbers(3), matrix, numbers(3)]], lambda *xs: torch.column_stack(xs))
golden.op(row("split"), "three parts", [numbers(2, 6), 3, 1], lambda x: ops.split(x, 3, axis=1))
golden.op(row("split"), "positions", [numbers(6, 2), [1, 4]], lambda x: ops.split(x, [1, 4]))
golden.op(row("array_split"), "unequal parts", [numbers(7, 2), 3], lambda x: ops.array_split(x, 3))
golden.op(row("array_split"), "positions", [numbers(2, 7), [2, 3], 1], lambda x: list(torch.tensor_split(x, [2, 3], dim=1)))
golden.op(row("hsplit"), "a matrix", [numbers(2, 6), 2], lambda x: ops.hsplit(x, 2))
golden.op(row("hsplit"), "a vector at positions", [numbers(6), [1, 3]], lambda x: ops.hsplit(x, [1, 3]))
golden.op(row("vsplit"), "a matrix", [numbers(4, 3), 2], lambda x: ops.vsplit(x, 2))
golden.op(row("dsplit"), "a cube", [cube, [1, 3]], lambda x: ops.dsplit(x, [1, 3]))
golden.op(row("unstack"), "axis 1", [matrix, {"axis": 1, "num": 4}], lambda x: list(ops.unstack(x, num=4, axis=1)))
golden.op(row("unstack"), "rows", [matrix], lambda x: list(ops.unstack(x)))
golden.op(row("expand_dims"), "one axis", [matrix, 1], lambda x: ops.expand_dims(x, 1))
golden.op(row("expand_dims"), "several", [matrix, [0, -1]], lambda x: ops.expand_dims(x, (0, -1)))
golden.op(row("squeeze"), "all", [numbers(1, 3, 1)], lambda x: ops.squeeze(x))
golden.op(row("squeeze"), "one", [numbers(1, 3, 1), 0], lambda x: ops.squeeze(x, 0))
golden.op(row("reshape"), "with a rest", [cube, [4, -1]], lambda x: ops.reshape(x, (4, -1)))
golden.op(row("ravel"), "a cube", [cube])
golden.op(row("transpose"), "reversed", [cube], lambda x: ops.transpose(x, (2, 1, 0)))
golden.op(row("transpose"), "named axes", [cube, [1, 0, 2]], lambda x: ops.transpose(x, (1, 0, 2)))
golden.op(row("swapaxes"), "first and last", [cube, 0, -1], lambda x: ops.swapaxes(x, 0, -1))
golden.op(row("moveaxis"), "one", [cube, 0, -1], lambda x: ops.moveaxis(x, 0, -1))
golden.op(row("moveaxis"), "several", [cube, [0, 1], [-1, 0]], lambda x: ops.moveaxis(x, (0, 1), (-1, 0)))
golden.op(row("flip"), "all", [cube], lambda x: ops.flip(x))
golden.op(row("flip"), "one axis", [cube, 1], lambda x: ops.flip(x, 1))
golden.op(row("fliplr"), "a matrix", [matrix])
golden.op(row("flipud"), "a matrix", [matrix])
for k in (1, 2, 3, -1, 4):
    golden.op(row("rot90"), f"{k} turns", [matrix, {"k": k}], lambda x, k=k: ops.rot90(x, k=k))
golden.op(row("rot90"), "another plane", [cube, {"axes": [2, 1]}], lambda x: ops.rot90(x, axes=(2, 1)))
golden.op(row("roll"), "flattened", [matrix, 5], lambda x: ops.roll(x, 5))
golden.op(row("roll"), "backwards along an axis", [matrix, -1, 1], lambda x: ops.roll(x, -1, axis=1))
golden.op(row("roll"), "two axes", [cube, [1, 2], [0, 2]], lambda x: ops.roll(x, (1, 2), axis=(0, 2)))
golden.op(row("repeat"), "flattened", [matrix, 2], lambda x: ops.repeat(x, 2))
golden.op(row("repeat"), "along an axis", [matrix, 3, 0], lambda x: ops.repeat(x, 3, axis=0))
golden.op(row("repeat"), "different numbers", [matrix, [2, 0, 3], 0], lambda x: ops.repeat(x, torch.tensor([2, 0, 3]), axis=0))
golden.op(row("tile"), "two axes", [matrix, [2, 3]], lambda x: ops.tile(x, (2, 3)))
golden.op(row("tile"), "a number", [matrix, 2], lambda x: ops.tile(x, 2))
golden.op(row("tile"), "new axes", [vector, [2, 1, 3]], lambda x: ops.tile(x, (2, 1, 3)))
golden.op(row("diff"), "once", [matrix])
golden.op(row("diff"), "twice along axis 0", [matrix, {"n": 2, "axis": 0}], lambda x: ops.diff(x, n=2, axis=0))
golden.op(row("diag"), "of a vector", [vector])
golden.op(row("diag"), "of a vector, above", [vector, 2], lambda x: ops.diag(x, k=2))
golden.op(row("diag"), "of a vector, below", [vector, -1], lambda x: ops.diag(x, k=-1))
golden.op(row("diag"), "of a matrix", [matrix, 1], lambda x: ops.diag(x, k=1))
golden.op(row("diagflat"), "of a matrix", [numbers(2, 2), -1], lambda x: ops.diagflat(x, k=-1))
golden.op(row("diagonal"), "of a matrix", [matrix])
golden.op(
    row("diagonal"),
    "of a cube",
    [cube, {"offset": -1, "axis1": 2, "axis2": 0}],
    lambda x: ops.diagonal(x, offset=-1, axis1=2, axis2=0),
)
golden.op(row("tril"), "below", [cube, -1], lambda x: ops.tril(x, k=-1))
golden.op(row("triu"), "above", [cube, 1], lambda x: ops.triu(x, k=1))
golden.op(row("kron"), "matrices", [numbers(2, 2), numbers(2, 3)])
golden.op(row("kron"), "a vector and a matrix", [numbers(3), numbers(2, 2)])
golden.op(row("outer"), "flattened", [vector, numbers(2, 2)])
# PyTorch cannot differentiate its own vander.
golden.op(row("vander"), "square", [vector], lambda x: torch.stack([x**3, x**2, x, torch.ones_like(x)], -1))
golden.op(row("vander"), "increasing", [vector, {"N": 3, "increasing": True}], lambda x: ops.vander(x, N=3, increasing=True), gradients=False)
golden.op(row("unravel_index"), "a cube", [integers(5, high=24), [2, 3, 4]], lambda x: list(ops.unravel_index(x, (2, 3, 4))))
golden.op(row("space_to_depth"), "blocks of 2", [numbers(1, 4, 6, 2), 2], lambda x: ops.space_to_depth(x, 2))
golden.op(
    row("space_to_depth"),
    "channels first",
    [numbers(1, 2, 4, 4), 2, {"dataFormat": "channels_first"}],
    lambda x: ops.space_to_depth(x, 2, data_format="channels_first"),
)
golden.op(row("depth_to_space"), "blocks of 2", [numbers(1, 2, 3, 8), 2], lambda x: ops.depth_to_space(x, 2))
golden.op(
    row("depth_to_space"),
    "channels first",
    [numbers(1, 8, 2, 2), 2, {"dataFormat": "channels_first"}],
    lambda x: ops.depth_to_space(x, 2, data_format="channels_first"),
)
images = numbers(2, 4, 6, 3)
for pattern, lengths in [
    ("b h w c -> b c h w", {}),
    ("b h w c -> b (c h w)", {}),
    ("b (h1 h) (w1 w) c -> (b h1 w1) h w c", {"h1": 2, "w1": 3}),
]:
    golden.op(row("rearrange"), pattern, [images, pattern, lengths], lambda x, p=pattern, n=lengths: ops.rearrange(x, p, **n))

# Blocks and elements.
golden.op(row("slice"), "numbers", [matrix, [1, 2], [2, 2]], lambda x: ops.slice(x, (1, 2), (2, 2)))
golden.op(row("slice"), "computed starts", [matrix, np.array([1, 0], np.int32), [2, 3]], lambda x, s: x[1:3, 0:3])
golden.op(row("slice_update"), "a block", [matrix, [1, 1], numbers(2, 2)], lambda x, u: ops.slice_update(x.clone(), (1, 1), u))
golden.op(row("get_item"), "a row", [matrix, 1], lambda x: x[1])
golden.op(row("get_item"), "from the end", [cube, [-1, "...", -2]], lambda x: x[-1, ..., -2])
golden.op(row("get_item"), "ranges", [cube, [{"start": 1}, {"stop": -1}, {"start": 0, "step": 2}]], lambda x: x[1:, :-1, ::2])
golden.op(row("get_item"), "positions", [matrix, [{}, np.array([3, 0, -1, 0], np.int32)]], lambda x, i: x[:, i.long()])


# Padding, as NumPy has it: every mode but the statistics is a choice of positions.
def padded(widths, mode):
    def call(x):
        for axis, width in enumerate(widths):
            places = np.pad(np.arange(x.shape[axis]), width, mode=mode)
            x = torch.index_select(x, axis, torch.tensor(places))
        return x

    return call


for mode in ("edge", "reflect", "symmetric", "wrap"):
    for case, widths in {"narrow": [[1, 2], [2, 0]], "wider than the tensor": [[4, 0], [3, 7]]}.items():
        golden.op(row("pad"), f"{mode}, {case}", [numbers(2, 3), widths, {"mode": mode}], padded(widths, mode))
golden.op(row("pad"), "circular", [numbers(2, 3), 1, {"mode": "circular"}], padded([[1, 1], [1, 1]], "wrap"))
golden.op(row("pad"), "constant", [matrix, [[1, 2], [0, 3]]], lambda x: ops.pad(x, ((1, 2), (0, 3))))
golden.op(row("pad"), "reflect, in Keras", [cube, [[0, 0], [1, 2], [3, 1]], {"mode": "reflect"}], lambda x: ops.pad(x, ((0, 0), (1, 2), (3, 1)), mode="reflect"))
golden.op(row("pad"), "a constant", [matrix, 1, {"constantValues": 7}], lambda x: ops.pad(x, ((1, 1), (1, 1)), constant_values=7))
for mode in ("maximum", "minimum", "mean", "median", "linear_ramp"):
    golden.op(
        row("pad"),
        mode,
        [numbers(3, 4), [[1, 2], [2, 3]], {"mode": mode}],
        lambda x, mode=mode: torch.tensor(np.pad(x.detach().numpy(), [[1, 2], [2, 3]], mode=mode)),
        gradients=False,
    )

golden.write()
