"""What the golden scripts of this folder share: seeded inputs, arrays as JSON, and the cases of operations with their gradients.

A file `<area>.json` is {"made": ..., "cases": [...]}; every case has "row" (the name in parity/keras.tsv) and "case" (what is special).
Arrays are {"dtype", "shape", "data"}: floats as float32, integers as int32 (or the dtype that `array(x, dtype)` names), booleans as bytes;
base64, little-endian. Numbers that JSON lacks are {"number": "NaN" | "Infinity" | "-Infinity"}; `None` is null, and undefined in Tenon.

A case of an operation:

    golden = Golden("ops-elementwise")
    golden.op("keras.ops.sinh", "near zero", [numbers(3, 4)])
    golden.op("keras.ops.sum", "one axis", [x, 1, {"keepDims": True}], lambda x: ops.sum(x, 1, keepdims=True))
    golden.write()

Its args are Tenon's arguments in order (arrays inside lists and objects included). The Keras function gets the arrays among them, in order:
floats as float64 that follow gradients, the rest as they are. Scripts that build cases themselves use `add` and `array`.
"""

import base64
import json
import math
import os
import pathlib

import numpy as np
import torch

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import ops

FOLDER = pathlib.Path(__file__).parent
NAMES = {
    "float32": "f32",
    "float64": "f64",
    "int8": "i8",
    "uint8": "u8",
    "int32": "i32",
    "uint32": "u32",
    "int64": "i64",
    "bool": "bool",
}
_random = np.random.default_rng(20261125)


def numbers(*shape, low=-2.0, high=2.0):
    """Seeded float32 numbers between low and high."""
    return _random.uniform(low, high, shape).astype(np.float32)


def normals(*shape, scale=1.0):
    """Seeded float32 numbers of a normal distribution."""
    return (_random.standard_normal(shape) * scale).astype(np.float32)


def integers(*shape, low=0, high=10):
    """Seeded int32 numbers from low up to, but without, high."""
    return _random.integers(low, high, shape).astype(np.int32)


def booleans(*shape):
    return _random.integers(0, 2, shape).astype(bool)


def to_numpy(x):
    if isinstance(x, torch.Tensor):
        return x.detach().cpu().resolve_conj().numpy()
    return np.asarray(x)


def array(x, dtype=None):
    """An array of a golden file: floats become float32 and integers int32 unless `dtype` names another."""
    x = to_numpy(x)
    if dtype is None:
        dtype = "float32" if x.dtype.kind == "f" else "bool" if x.dtype.kind == "b" else "int32"
    x = np.ascontiguousarray(x).astype(dtype).reshape(x.shape)
    data = base64.b64encode(x.tobytes()).decode()
    return {"dtype": NAMES[dtype], "shape": list(x.shape), "data": data}


def is_array(x):
    return isinstance(x, (np.ndarray, torch.Tensor))


def encode(value, keep_dtype=False):
    """A value of a golden file: arrays inside lists and dictionaries become JSON, tuples become lists."""
    if is_array(value):
        kept = str(value.dtype) if keep_dtype and isinstance(value, np.ndarray) and str(value.dtype) in NAMES else None
        return array(value, kept)
    if isinstance(value, dict):
        return {key: encode(part, keep_dtype) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(part, keep_dtype) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def arrays_of(value):
    """The arrays of a value in order, lists and dictionaries entered."""
    if is_array(value):
        return [value]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in arrays_of(part)]
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in arrays_of(part)]
    return []


def rebuild(value, leaves):
    """`value` with its arrays replaced by the next ones of an iterator."""
    if is_array(value):
        return next(leaves)
    if isinstance(value, dict):
        return {key: rebuild(part, leaves) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rebuild(part, leaves) for part in value]
    return value


def as_double(x):
    """A torch tensor of an array: floats in float64, followed by gradients."""
    x = np.asarray(x)
    if x.dtype.kind == "f":
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.tensor(x)


def is_float(x):
    return isinstance(x, torch.Tensor) and x.is_floating_point()


def cotangent_of(result):
    return torch.tensor(_random.uniform(-1, 1, tuple(result.shape)).astype(np.float32)).to(result.dtype)


def gradients_of(results, cotangents, wanted):
    """dL/dx of every wanted tensor, L = Σ cotangent · result over the float results that depend on anything; zeros where nothing does."""
    pairs = [(r, c) for r, c in zip(results, cotangents) if c is not None and r.requires_grad]
    if not pairs or not wanted:
        return [torch.zeros_like(w) for w in wanted]
    loss = sum((r * c).sum() for r, c in pairs)
    found = torch.autograd.grad(loss, wanted, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for g, w in zip(found, wanted)]


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class Golden:
    """The cases of one area, written to `<area>.json`."""

    def __init__(self, area):
        self.area = area
        self.cases = []

    def add(self, row, case, **fields):
        """One case, its fields encoded."""
        entry = {"row": row, "case": case, **{key: encode(value) for key, value in fields.items() if value is not None}}
        self.cases.append(entry)
        return entry

    def op(self, row, case, args, call=None, function=None, gradients=True, tolerance=None, why=None):
        """A case of an operation.

        `call` is the Keras function of the arrays among `args` (default: the row's own, of all args); it returns a tensor, or a list of tensors.
        `function` is Tenon's name (default: the row's last part in camelCase). `gradients=False` leaves them out. Results that are no tensors
        (numbers, lists of numbers, booleans, strings) are compared as they are.
        """
        leaves = [as_double(x) for x in arrays_of(list(args))]
        if call is None:
            target = ops
            for part in row.removeprefix("keras.ops.").split("."):
                target = getattr(target, part)
            value = target(*rebuild(list(args), iter(leaves)))
        else:
            value = call(*leaves)
        plain = not arrays_of([value])
        results = [value] if plain or is_array(value) else arrays_of(value)
        floats = [x for x in leaves if is_float(x)]
        name = function or ".".join(camel(part) for part in row.removeprefix("keras.ops.").split("."))
        entry = {"row": row, "case": case, "function": name, "args": encode(list(args), keep_dtype=True), "results": encode(results)}
        if gradients and floats and any(is_float(r) for r in results):
            cotangents = [cotangent_of(r) if is_float(r) else None for r in results]
            found = gradients_of(results, cotangents, floats)
            entry["cotangents"] = encode(cotangents)
            entry["gradients"] = encode(found)
        if tolerance is not None:
            entry["tolerance"] = tolerance
            entry["why"] = why
        self.cases.append(entry)
        return entry

    def write(self):
        path = FOLDER / f"{self.area}.json"
        made = f"Keras {keras.__version__}, {keras.backend.backend()} backend"
        lines = ",\n".join(json.dumps(case, allow_nan=False, separators=(",", ":")) for case in self.cases)
        path.write_text(f'{{"made": {json.dumps(made)}, "cases": [\n{lines}\n]}}\n')
        print(f"{path.name}: {len(self.cases)} cases, {path.stat().st_size // 1024} kB")
