"""Opens models with vocabularies that Tenon wrote in real Keras and compares its predictions with those that real Keras gave when it wrote the originals.

    npx tsx test/golden/parity/rewrite-keras-files.ts FOLDER       reads each file of keras-files/ and writes it again
    KERAS_BACKEND=tensorflow python test/golden/parity/check_keras_vocabularies.py FOLDER
"""

import base64
import json
import pathlib
import sys

import numpy as np

import keras

DTYPES = {"f32": "float32", "i32": "int32"}
FILES = pathlib.Path(__file__).parent / "keras-files"


def decode(array):
    if isinstance(array, list):
        return keras.ops.convert_to_tensor(array)
    return np.frombuffer(base64.b64decode(array["data"]), DTYPES[array["dtype"]]).reshape(array["shape"])


good = True
for name, facts in json.loads((FILES / "vocabularies.json").read_text())["files"].items():
    model = keras.models.load_model(pathlib.Path(sys.argv[1]) / name)
    inputs = [decode(x) for x in facts["inputs"]]
    outputs = model(inputs[0] if len(inputs) == 1 else inputs, training=False)
    leaves = outputs if isinstance(outputs, list) else [outputs]
    wanted = [decode(x) for x in facts["outputs"]]
    error = max(float(np.abs(np.array(a) - b).max() / max(np.abs(b).max(), 1e-3)) for a, b in zip(leaves, wanted, strict=True))
    good &= error < 1e-5
    print(f"{'ok  ' if error < 1e-5 else 'FAIL'} {name}: {error:.1e}")
sys.exit(0 if good else 1)
