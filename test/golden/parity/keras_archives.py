"""What the scripts that write `.keras` archives of real Keras share."""

import zipfile

import numpy as np


def shuffle_weights(model, normals):
    """Values that no initializer gives, so that a weight that is not read shows."""
    for variable in model.weights:
        if variable.dtype == "float32":
            value = normals(*variable.shape, scale=0.5)
            variable.assign(np.abs(value) + 0.5 if "variance" in variable.name else value)


def packed(path):
    """The archive again with its files packed, which Keras reads as well: what is committed stays small."""
    with zipfile.ZipFile(path) as archive:
        files = {info: archive.read(info) for info in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for info, content in files.items():
            archive.writestr(zipfile.ZipInfo(info, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
