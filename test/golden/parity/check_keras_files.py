"""Opens files that Tenon wrote in real Keras and compares its predictions with those that real Keras gave when it wrote the originals.

    npx tsx test/golden/parity/rewrite-keras-files.ts FOLDER       reads each file of keras-files/ and writes it again
    KERAS_BACKEND=torch bench/.venv/bin/python test/golden/parity/check_keras_files.py FOLDER
"""

import base64
import json
import pathlib
import sys

import numpy as np

from arrays import FOLDER

import keras

DTYPES = {"f32": "float32", "i32": "int32"}


def decode(array):
    return np.frombuffer(base64.b64decode(array["data"]), DTYPES[array["dtype"]]).reshape(array["shape"])


def predictions(model, inputs):
    outputs = model(inputs[0] if len(inputs) == 1 else inputs, training=False)
    leaves = list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [keras.ops.convert_to_numpy(x) for x in leaves]


def check(name, model, facts):
    found = predictions(model, [decode(x) for x in facts["inputs"]])
    wanted = [decode(x) for x in facts["outputs"]]
    error = max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3)) for a, b in zip(found, wanted, strict=True))
    print(f"{'ok  ' if error < 1e-5 else 'FAIL'} {name}: {error:.1e}")
    return error < 1e-5


folder = pathlib.Path(sys.argv[1])
files = json.loads((FOLDER / "keras-files" / "predictions.json").read_text())["files"]
good = True
for name, facts in files.items():
    path = folder / name
    if not path.exists():
        print(f"none {name}")
        continue
    if name.endswith(".keras"):
        model = keras.models.load_model(path)
        assert [layer.name for layer in model.layers] == facts["layers"], (name, [layer.name for layer in model.layers], facts["layers"])
        good &= check(name, model, facts)
    elif name.endswith(".weights.h5"):
        model = keras.models.load_model(FOLDER / "keras-files" / name.replace(".weights.h5", ".keras"))
        for variable in model.weights:
            variable.assign(keras.ops.zeros_like(variable))
        model.load_weights(path)
        good &= check(name, model, facts)
sys.exit(0 if good else 1)
