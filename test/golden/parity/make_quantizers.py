"""Writes quantizers.json: numbers as small integers or short floats, and back, as Keras does it.

    KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_quantizers.py
"""

import numpy as np
import torch
from arrays import Golden, integers, numbers
from keras import quantizers

golden = Golden("quantizers")
x = numbers(6, 5)

golden.op("keras.quantizers.abs_max_quantize", "the last axis", [x, -1], lambda x: quantizers.abs_max_quantize(x, -1), "absMaxQuantize", gradients=False)
golden.op(
    "keras.quantizers.abs_max_quantize",
    "both axes, another range",
    [x, [0, 1], {"valueRange": [-7, 7], "epsilon": 0.5}],
    lambda x: quantizers.abs_max_quantize(x, (0, 1), value_range=(-7, 7), epsilon=0.5),
    "absMaxQuantize",
    gradients=False,
)
for case, block in [("blocks that fill the rows", 3), ("a last block that is filled up", 4), ("one block", 8)]:
    golden.op(
        "keras.quantizers.abs_max_quantize_grouped_with_zero_point",
        case,
        [numbers(6, 5, low=-1, high=3), block],
        lambda x: quantizers.abs_max_quantize_grouped_with_zero_point(x.detach().float(), block),
        "absMaxQuantizeGroupedWithZeroPoint",
        gradients=False,
    )
golden.op(
    "keras.quantizers.compute_float8_amax_history",
    "four steps",
    [x, np.array([1, 2, 3, 4], np.float32)],
    quantizers.compute_float8_amax_history,
    "computeFloat8AmaxHistory",
    gradients=False,
)
golden.op(
    "keras.quantizers.compute_float8_scale",
    "nothing and infinity keep the scale",
    [np.array([3, 0, np.inf], np.float32), np.array([0.5, 0.25, 2], np.float32), 448, {"margin": 1}],
    lambda amax, scale: quantizers.compute_float8_scale(amax, scale, 448.0, margin=1),
    "computeFloat8Scale",
    gradients=False,
)
wide = np.concatenate([numbers(12, low=-600, high=600), numbers(12), numbers(8, low=-0.02, high=0.02), np.array([0, 1, 0.99, -2.125], np.float32)])
for dtype in ["float8_e4m3fn", "float8_e5m2"]:
    golden.op(
        "keras.quantizers.quantize_and_dequantize",
        dtype,
        [wide, np.array(0.75, np.float32), dtype, "f32"],
        lambda x, scale: quantizers.quantize_and_dequantize(x.float(), scale.float(), dtype, "float32"),
        "quantizeAndDequantize",
        gradients=False,
    )
for case, keywords in [("eight bits", {}), ("four bits, narrow", {"num_bits": 4, "narrow_range": True})]:
    options = {"numBits": keywords.get("num_bits", 8), "narrowRange": keywords.get("narrow_range", False)}
    golden.op(
        "keras.quantizers.fake_quant_with_min_max_vars",
        case,
        [x, np.array(-1.1, np.float32), np.array(1.3, np.float32), options],
        lambda x, low, high: quantizers.fake_quant_with_min_max_vars(x, low, high, **keywords),
        "fakeQuantWithMinMaxVars",
        gradients=False,
    )
golden.op(
    "keras.quantizers.fake_quant_with_min_max_vars",
    "a range for each column",
    [x, numbers(5, low=-1.5, high=-0.5), numbers(5, low=0.5, high=1.5), {"axis": 1}],
    lambda x, low, high: quantizers.fake_quant_with_min_max_vars(x, low, high, axis=1),
    "fakeQuantWithMinMaxVars",
    gradients=False,
)
for dtype, low, high in [("int8", -8, 8), ("uint8", 0, 16)]:
    for axis in [0, 1]:
        digits = integers(5, 4 + axis, low=low, high=high).astype(dtype)
        short = {"int8": "i8", "uint8": "u8"}[dtype]
        packed, _, length = quantizers.pack_int4(torch.tensor(digits), axis, dtype)
        golden.op(
            "keras.quantizers.pack_int4",
            f"{dtype}, axis {axis}",
            [digits, {"axis": axis, "dtype": short}],
            lambda x: [quantizers.pack_int4(x, axis, dtype)[0]],
            "packInt4",
        )
        golden.op(
            "keras.quantizers.unpack_int4",
            f"{dtype}, axis {axis}",
            [packed.numpy(), length, {"axis": axis, "dtype": short}],
            lambda x: quantizers.unpack_int4(x, length, axis, dtype),
            "unpackInt4",
        )
golden.write()
