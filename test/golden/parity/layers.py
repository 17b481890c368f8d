"""Cases of layers for the golden scripts of this folder: what a Keras layer computes, its gradients, and its config.

    golden = Golden("layers-core")
    layer_case(golden, "keras.layers.Dense", "relu", lambda: keras.layers.Dense(3, activation="relu"), [numbers(4, 5)])
    golden.write()

`make` is called while Keras computes in float64; weights are seeded. The case holds "className", "config" (as get_config gives it, with the
dtype of float32), "weights", "inputs" (one array, or a list in "list"), "options" (call arguments by Keras's names, arrays included), "training",
"results", "masks" of results where there are some, "cotangents" and "gradients" (of float inputs, then of trainable weights).
"""

import numpy as np
import torch

import arrays
from arrays import array, as_double, cotangent_of, gradients_of, is_float, keras


def without_dtype(config):
    """A config whose dtypes are those of float32 layers, without the names that nothing was registered under."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return "float32"
        return {key: without_dtype(part) for key, part in config.items() if key != "registered_name" or part is not None}
    if isinstance(config, (list, tuple)):
        return [without_dtype(part) for part in config]
    return "float32" if config == "float64" else config


def weights_of(layer):
    """A layer's own weights, then those of the layers inside it, as Tenon orders them."""
    inside = [v for inner in layer._layers for v in weights_of(inner)]
    own = layer._trainable_variables + layer._non_trainable_variables
    return [v for v in own if "seed_generator" not in v.path and not any(v is other for other in inside)] + inside


def seed_weights(layer, scale=0.5, values=None):
    """Seeded values for all of a layer's weights; those of a variance stay positive."""
    weights = []
    for variable in weights_of(layer):
        shape = tuple(variable.shape)
        if variable.dtype not in ("float32", "float64"):
            weights.append(arrays.to_numpy(variable.value))
        elif "variance" in variable.path.split("/")[-1]:
            weights.append(arrays.numbers(*shape, low=0.5, high=2.0))
        else:
            weights.append(arrays.numbers(*shape, low=-scale, high=scale))
    if values is not None:
        weights = values
    for variable, value in zip(weights_of(layer), weights):
        variable.assign(value)
    return weights


def tensors_in(value):
    """A call argument with its arrays as torch tensors, in lists, too."""
    if isinstance(value, np.ndarray):
        return as_double(value)
    return [tensors_in(part) for part in value] if isinstance(value, list) else value


def layer_case(
    golden,
    row,
    case,
    make,
    inputs,
    training=False,
    options=None,
    tolerance=None,
    why=None,
    gradients=True,
    weights=None,
    many=False,
    states=False,
    scale=0.5,
):
    """One case. `inputs` is a list of numpy arrays: of one the layer gets the array, with `many` or several of them the list.

    `options` are further call arguments. `weights` replaces the seeded ones. With `states` the values of non-trainable weights after the call
    are compared, too ("states").
    """
    keras.config.set_floatx("float64")
    try:
        layer = make()
        tensors = [as_double(x) for x in inputs]
        given = tensors if many or len(tensors) > 1 else tensors[0]
        call_options = {key: tensors_in(x) for key, x in (options or {}).items()}
        try:
            takes_training = "training" in layer._call_signature.parameters
        except AttributeError:
            takes_training = False
        extra = {"training": training} if takes_training else {}
        with torch.no_grad():
            layer(given, **call_options, **extra)
        kept = seed_weights(layer, scale, weights)
        result = layer(given, **call_options, **extra)
        results = [r for r in keras.tree.flatten(result)]
        entry = {
            "className": type(layer).__name__,
            "config": without_dtype(layer.get_config()),
            "weights": [array(w) for w in kept],
            "inputs": {"list": [array(x) for x in inputs]} if many or len(inputs) > 1 else array(inputs[0]),
            "options": options,
            "training": training,
            "results": [array(r) for r in results],
        }
        masks = [keras.src.backend.get_keras_mask(r) for r in results]
        if (options or {}).get("return_attention_scores"):
            masks[1:] = [None] * (len(masks) - 1)
        if any(m is not None for m in masks):
            entry["masks"] = [None if m is None else array(m) for m in masks]
        if gradients and any(is_float(r) and r.requires_grad for r in results):
            wanted = [x for x in tensors if is_float(x)] + [v.value for v in weights_of(layer) if v.trainable]
            cotangents = [cotangent_of(r) if is_float(r) else None for r in results]
            entry["cotangents"] = [None if c is None else array(c) for c in cotangents]
            entry["gradients"] = [array(g) for g in gradients_of(results, cotangents, wanted)]
        if states:
            entry["states"] = [array(v.value) for v in weights_of(layer) if not v.trainable]
        if tolerance is not None:
            entry["tolerance"] = tolerance
            entry["why"] = why
        golden.add(row, case, **{key: value for key, value in entry.items()})
    finally:
        keras.config.set_floatx("float32")
