"""The system's OpenBLAS, called directly: cblas_sgemm into a buffer that is there already."""

import array
import ctypes
import ctypes.util
import os
import random

from protocol import serve

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112

library = ctypes.CDLL(ctypes.util.find_library("openblas"))
library.openblas_get_config.restype = ctypes.c_char_p
library.openblas_get_corename.restype = ctypes.c_char_p
library.openblas_set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def numbers(count):
    block = array.array("f", (random.uniform(-1, 1) for _ in range(4093)))
    values = block * (count // len(block) + 1)
    return (ctypes.c_float * count).from_buffer(values)


def prepare(case):
    m, n, k = case["m"], case["n"], case["k"]
    a, b, c = numbers(m * k), numbers(k * n), numbers(m * n)
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    transpose_a = TRANSPOSED if case["transposeA"] else PLAIN
    transpose_b = TRANSPOSED if case["transposeB"] else PLAIN
    lda, ldb = (m if case["transposeA"] else k), (k if case["transposeB"] else n)

    def run():
        library.cblas_sgemm(ROW_MAJOR, transpose_a, transpose_b, m, n, k, one, a, lda, b, ldb, zero, c, n)

    return run, {}


config = library.openblas_get_config().decode().split()
serve(
    {"name": "OpenBLAS", "version": config[1] if len(config) > 1 else "unknown", "details": f"kernels for {library.openblas_get_corename().decode()}"},
    prepare,
)
