"""Golden cases of linear algebra, products and signals. Vectors of eigh and svd are compared through what does not depend on their signs."""

import numpy as np
import torch
from arrays import Golden, normals, numbers, ops

golden = Golden("ops-linear-algebra")


def case(row, name, args, call=None, **options):
    golden.op(f"keras.ops.{row}", name, args, call, **options)


def spd(*shape):
    a = normals(*shape)
    return (a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1]) * shape[-1] / 2).astype(np.float32)


def regular(*shape):
    return (normals(*shape) + 2 * np.eye(shape[-2], shape[-1])).astype(np.float32)


def triangle(lower, *shape):
    a = regular(*shape)
    return a * np.tri(shape[-1], dtype=np.float32) if lower else a * np.tri(shape[-1], dtype=np.float32).T


# Keras's torch backend takes matmul for dot; NumPy, JAX and TensorFlow sum the last axis with the last but one.
case("dot", "vectors", [numbers(5), numbers(5)])
case("dot", "matrices", [numbers(3, 4), numbers(4, 2)])
case("dot", "matrix and vector", [numbers(3, 4), numbers(4)])
case("dot", "no shared axes", [numbers(2, 3, 4), numbers(3, 4, 2)], lambda a, b: torch.tensordot(a, b, dims=([2], [1])))
case("vdot", "vectors", [numbers(6), numbers(6)])
case("inner", "matrices", [numbers(3, 4), numbers(2, 4)])
case("inner", "vectors", [numbers(4), numbers(4)])
case("outer", "flattened", [numbers(2, 2), numbers(3)])
case("matmul", "broadcast", [numbers(2, 1, 3, 4), numbers(3, 4, 2)])
case("matmul", "vector and matrix", [numbers(4), numbers(4, 3)])
case("tensordot", "two axes", [numbers(2, 3, 4), numbers(3, 4, 2)])
case("tensordot", "outer", [numbers(2, 3), numbers(2), {"axes": 0}], lambda a, b: ops.tensordot(a, b, axes=0))
case("tensordot", "named axes", [numbers(2, 3, 4), numbers(4, 5, 3), {"axes": [[1, -1], [2, 0]]}], lambda a, b: ops.tensordot(a, b, axes=[[1, -1], [2, 0]]))
case("cross", "vectors of three", [numbers(4, 3), numbers(4, 3)], lambda a, b: ops.cross(a, b, axis=-1))
case("cross", "another axis", [numbers(3, 4), numbers(3, 4), {"axis": 0}], lambda a, b: ops.cross(a, b, axis=0))
EINSUMS = [
    ("matrix product", "ij,jk->ik", (3, 4), (4, 2)),
    ("implicit result", "ij,jk", (3, 4), (4, 2)),
    ("implicit transpose", "ba", (3, 4)),
    ("trace", "ii", (4, 4)),
    ("diagonal", "ii->i", (4, 4)),
    ("diagonals of a batch", "...ii->...i", (2, 3, 3)),
    ("sum of an axis", "ij->j", (3, 4)),
    ("outer", "i,j->ij", (3,), (4,)),
    ("elementwise", "ij,ij->ij", (3, 4), (3, 4)),
    ("batch", "bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    ("attention scores", "bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("ellipses that broadcast", "...ij,...jk->...ik", (2, 1, 3, 4), (3, 4, 2)),
    ("three operands", "ij,jk,kl->il", (3, 4), (4, 2), (2, 5)),
    ("four operands, one scalar result", "a,ab,bc,c->", (3,), (3, 4), (4, 2), (2,)),
    ("bilinear", "bi,oij,bj->bo", (3, 4), (2, 4, 5), (3, 5)),
    ("sum of an axis that one operand has", "ijm,jk->ik", (3, 4, 2), (4, 2)),
]
for name, subscripts, *shapes in EINSUMS:
    case("einsum", name, [subscripts, *(numbers(*shape) for shape in shapes)], lambda *xs, s=subscripts: ops.einsum(s, *xs))

# Norms.
for name, shape, options in [
    ("all", (3, 4), {}),
    ("rows", (3, 4), {"axis": 1}),
    ("order 1", (3, 4), {"ord": 1, "axis": 0}),
    ("order 3, axis kept", (3, 4), {"ord": 3, "axis": -1, "keepDims": True}),
    ("order one half", (3, 4), {"ord": 0.5, "axis": -1}),
    ("order -1", (3, 4), {"ord": -1, "axis": -1}),
    ("order 0", (3, 4), {"ord": 0, "axis": -1}),
    ("largest magnitude", (3, 4), {"ord": float("inf"), "axis": -1}),
    ("smallest magnitude", (3, 4), {"ord": float("-inf"), "axis": -1}),
    ("vector", (5,), {"ord": 4}),
    ("matrices, Frobenius", (2, 3, 4), {"ord": "fro", "axis": [1, 2]}),
    ("matrices, nuclear", (2, 3, 4), {"ord": "nuc", "axis": [1, 2]}),
    ("matrices, nuclear, axes kept", (3, 2, 4), {"ord": "nuc", "axis": [2, 0], "keepDims": True}),
    ("matrices, 1", (2, 3, 4), {"ord": 1, "axis": [1, 2]}),
    ("matrices, -1", (2, 3, 4), {"ord": -1, "axis": [2, 1]}),
    ("matrices, 2", (2, 3, 4), {"ord": 2, "axis": [1, 2]}),
    ("matrices, -2", (2, 3, 4), {"ord": -2, "axis": [1, 2]}),
    ("matrices, infinity", (2, 3, 4), {"ord": float("inf"), "axis": [1, 2]}),
    ("matrix, -infinity", (3, 4), {"ord": float("-inf")}),
]:
    named = {"keepdims" if key == "keepDims" else key: value for key, value in options.items()}
    named = {key: tuple(value) if isinstance(value, list) else value for key, value in named.items()}
    case("norm", name, [numbers(*shape), options], lambda x, named=named: ops.norm(x, **named))
case("norm", "zeros", [np.zeros((2, 3), np.float32), {"axis": 1}], lambda x: ops.norm(x, axis=1))
case("cdist", "rows", [numbers(2, 3, 4), numbers(2, 5, 4)])
case("cdist", "broadcast", [numbers(3, 4), numbers(2, 5, 4)])

# Factorisations.
case("cholesky", "batch", [spd(2, 4, 4)])
case("cholesky", "upper", [spd(3, 3), {"upper": True}], lambda x: ops.cholesky(x, upper=True))
case("cholesky_inverse", "lower", [triangle(True, 3, 3)], lambda x: ops.cholesky_inverse(torch.tril(x)))
case("cholesky_inverse", "upper", [triangle(False, 3, 3), {"upper": True}], lambda x: ops.cholesky_inverse(torch.triu(x), upper=True))
case("solve", "columns", [regular(2, 4, 4), numbers(2, 4, 3)])
case("solve", "vector", [regular(4, 4), numbers(4)])
case("solve", "pivots", [np.array([[0, 2, 1], [1, 0, 3], [4, 1, 0]], np.float32), numbers(3, 2)])
case("solve_triangular", "upper", [triangle(False, 2, 4, 4), numbers(2, 4, 2)])
case("solve_triangular", "lower, vector", [triangle(True, 4, 4), numbers(4), {"lower": True}], lambda a, b: ops.solve_triangular(a, b, lower=True))
case("inv", "batch", [regular(2, 4, 4)])
case("det", "batch", [regular(2, 3, 3)])
case("det", "exchanged rows", [regular(3, 3)[::-1].copy()])
# PyTorch's gradient of a singular determinant is zero; its derivative, the cofactors, is not.
case("det", "singular", [np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]], np.float32)], lambda x: torch.dot(torch.linalg.cross(x[0], x[1]), x[2]))
case("slogdet", "batch", [normals(3, 4, 4)])
case("logdet", "positive definite", [spd(2, 4, 4)])
case("lu_factor", "square", [normals(2, 4, 4)])
case("lu_factor", "more rows", [normals(5, 3)])
case("lu_factor", "more columns", [normals(3, 5)])
case("qr", "more rows", [normals(2, 5, 3)])
case("qr", "square", [normals(4, 4)])
case("qr", "more columns", [normals(3, 5)])
case("qr", "complete", [normals(5, 3), {"mode": "complete"}], lambda x: ops.qr(x, mode="complete"), gradients=False)
case("qr", "complete, more columns", [normals(3, 4), {"mode": "complete"}], lambda x: ops.qr(x, mode="complete"))
case("matrix_rank", "two of three", [np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]], np.float32)])
case("matrix_rank", "tolerance", [np.diag([3.0, 1.0, 0.1]).astype(np.float32), {"tol": 0.5}], lambda x: ops.matrix_rank(x, tol=0.5))
case("pinv", "more rows", [normals(2, 5, 3)])
case("pinv", "more columns", [normals(3, 5)])
low_rank = (normals(5, 2) @ normals(2, 4)).astype(np.float32)
case("pinv", "rank 2", [low_rank, {"rcond": 1e-3}], lambda x: ops.pinv(x, rcond=1e-3), gradients=False)
case("lstsq", "more rows", [normals(6, 3), numbers(6, 2)])
case("lstsq", "more columns, vector", [normals(3, 5), numbers(3)])
case("lstsq", "rcond", [low_rank, numbers(5, 2), {"rcond": 1e-3}], lambda a, b: ops.lstsq(a, b, rcond=1e-3), gradients=False)
for power in [0, 1, 3, -2]:
    case("matrix_power", f"power {power}", [regular(2, 3, 3), power], lambda x, power=power: torch.linalg.matrix_power(x, power))

# The vectors of eigh and svd only up to their sign: values, a product that is the same for each choice, and the squares of the vectors.
weights = numbers(4, 4)


def symmetric(x):
    return (x + x.mT) / 2


def of_eigen(x, w):
    values, vectors = ops.eigh(symmetric(x))
    return [values, torch.square(vectors) * w, (vectors * torch.tanh(values)[..., None, :]) @ vectors.mT]


def of_singular(x):
    u, s, vh = ops.svd(x, full_matrices=False)
    return [s, torch.square(u), torch.square(vh), (u * torch.tanh(s)[..., None, :]) @ vh]


case("eigh", "what signs do not change", [normals(2, 4, 4), weights], of_eigen, function="eighInvariants")
case("eigh", "odd size", [normals(5, 5), numbers(5, 5)], of_eigen, function="eighInvariants")
case("svd", "what signs do not change, more rows", [normals(2, 5, 3)], of_singular, function="svdInvariants")
case("svd", "what signs do not change, more columns", [normals(3, 4)], of_singular, function="svdInvariants")
case("svd", "what signs do not change, square", [normals(4, 4)], of_singular, function="svdInvariants")
case("svd", "values only", [normals(3, 4), {"computeUv": False}], lambda x: ops.svd(x, compute_uv=False))

# Signals. Complex numbers are pairs.
pair = lambda *shape: [numbers(*shape), numbers(*shape)]
for n in [1, 2, 5, 12, 67]:
    case("fft", f"length {n}", [pair(2, n)], lambda a, b: ops.fft((a, b)))
    case("rfft", f"length {n}", [numbers(2, n)])
case("rfft", "filled with zeros", [numbers(2, 5), {"fftLength": 8}], lambda x: ops.rfft(x, fft_length=8))
case("rfft", "cut", [numbers(2, 9), {"fftLength": 6}], lambda x: ops.rfft(x, fft_length=6))
case("irfft", "even length", [pair(2, 5)], lambda a, b: ops.irfft((a, b)))
case("irfft", "odd length", [pair(2, 4), {"fftLength": 7}], lambda a, b: ops.irfft((a, b), fft_length=7))
case("irfft", "filled with zeros", [pair(2, 3), {"fftLength": 12}], lambda a, b: ops.irfft((a, b), fft_length=12))
case("fft2", "matrix", [pair(2, 3, 4)], lambda a, b: ops.fft2((a, b)))
case("ifft2", "matrix", [pair(2, 3, 4)], lambda a, b: ops.ifft2((a, b)))
case("extract_sequences", "overlapping", [numbers(2, 11), {"sequenceLength": 4, "sequenceStride": 3}], lambda x: ops.extract_sequences(x, 4, 3))
for name, options in [
    ("centred", {"sequenceLength": 8, "sequenceStride": 3, "fftLength": 8}),
    ("not centred, Hamming", {"sequenceLength": 6, "sequenceStride": 2, "fftLength": 8, "window": "hamming", "center": False}),
    ("centred, longer transform", {"sequenceLength": 5, "sequenceStride": 2, "fftLength": 8}),
    ("no window", {"sequenceLength": 8, "sequenceStride": 4, "fftLength": 8, "window": None}),
]:
    named = {"window": options.get("window", "hann"), "center": options.get("center", True)}
    shape = (options["sequenceLength"], options["sequenceStride"], options["fftLength"])
    suffix = "" if named["window"] else "WithoutWindow"
    forwards = lambda x, shape=shape, named=named: ops.stft(x, *shape, **named)
    back = lambda a, b, shape=shape, named=named: ops.istft((a, b), *shape, **named)
    case("stft", name, [numbers(2, 20), options], forwards, function=f"stft{suffix}")
    case("istft", name, [pair(2, 6, 5), options], back, function=f"istft{suffix}")
options = {"sequenceLength": 8, "sequenceStride": 3, "fftLength": 8, "length": 15}
case("istft", "length", [pair(2, 6, 5), options], lambda a, b: ops.istft((a, b), 8, 3, 8, length=15))
case("angle", "real numbers", [numbers(2, 5)], gradients=False)
case("angle", "pair", [pair(2, 5)], lambda a, b: ops.angle(torch.complex(a, b)))
case("real", "real numbers", [numbers(2, 3)])
case("real", "pair", [pair(2, 3)], lambda a, b: ops.real(torch.complex(a, b)))
case("imag", "pair", [pair(2, 3)], lambda a, b: ops.imag(torch.complex(a, b)))
for row in ["conj", "conjugate"]:
    case(row, "real numbers", [numbers(2, 3)])
    case(row, "pair", [pair(2, 3)], lambda a, b, row=row: list(torch.view_as_real(getattr(ops, row)(torch.complex(a * 1, b * 1))).unbind(-1)))
case("isreal", "real numbers", [numbers(2, 3)])
case("isreal", "pair", [[numbers(4), np.array([0, 1, 0, -2], np.float32)]], lambda a, b: ops.isreal(torch.complex(a, b)))
case("polar", "magnitudes and angles", [numbers(2, 3, low=0.1), numbers(2, 3)], lambda a, b: list(torch.view_as_real(torch.polar(a, b)).unbind(-1)))
case("view_as_complex", "last axis", [numbers(3, 2)], lambda x: list(torch.view_as_real(ops.view_as_complex(x)).unbind(-1)))
case("view_as_real", "pair", [pair(2, 3)], lambda a, b: ops.view_as_real(torch.complex(a, b)))

golden.write()
