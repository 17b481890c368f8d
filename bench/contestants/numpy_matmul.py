"""NumPy's matrix product, with the OpenBLAS that its package brings."""

import numpy as np
from threadpoolctl import threadpool_info

from protocol import serve


def prepare(case):
    generator = np.random.default_rng(1)
    m, n, k = case["m"], case["n"], case["k"]
    draw = lambda rows, columns, transposed: (
        generator.random((columns, rows), dtype=np.float32).T if transposed else generator.random((rows, columns), dtype=np.float32)
    )
    a, b, c = draw(m, k, case["transposeA"]), draw(k, n, case["transposeB"]), np.empty((m, n), np.float32)
    return lambda: np.matmul(a, b, out=c), {}


blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
kernels = ", ".join(f"{library['internal_api']} {library['version']}, kernels for {library.get('architecture', 'unknown')}" for library in blas)
serve({"name": "NumPy", "version": np.__version__, "details": kernels}, prepare)
