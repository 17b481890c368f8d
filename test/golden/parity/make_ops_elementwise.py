"""Writes ops-elementwise.json: elementwise functions, creation, dtypes and bits, shape manipulation.

Run: KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/make_ops-elementwise.py
"""

from arrays import Golden, numbers
from keras import ops

golden = Golden("ops-elementwise")
golden.op("keras.ops.abs", "both signs", [numbers(3, 4)])
golden.op("keras.ops.add", "broadcast", [numbers(3, 4), numbers(4)])
golden.write()
