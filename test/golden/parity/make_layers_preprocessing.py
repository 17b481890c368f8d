"""Writes layers-preprocessing.json: layers of tables and sound. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

import numpy as np
from arrays import Golden, integers, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-preprocessing")


def case(name, what, make, inputs, **options):
    layer_case(golden, f"keras.layers.{name}", what, make, inputs, **options)


ids = integers(3, 4, high=5)
case("CategoryEncoding", "multi_hot", lambda: L.CategoryEncoding(5), [ids])
case("CategoryEncoding", "multi_hot of three axes", lambda: L.CategoryEncoding(5), [integers(2, 3, 2, high=5)])
case("CategoryEncoding", "one_hot", lambda: L.CategoryEncoding(5, output_mode="one_hot"), [ids])
case("CategoryEncoding", "one_hot of a column", lambda: L.CategoryEncoding(5, output_mode="one_hot"), [ids[:, :1]])
case("CategoryEncoding", "one_hot of a vector", lambda: L.CategoryEncoding(5, output_mode="one_hot"), [ids[0]])
case("CategoryEncoding", "count", lambda: L.CategoryEncoding(5, output_mode="count"), [ids])
case("CategoryEncoding", "count of a vector", lambda: L.CategoryEncoding(5, output_mode="count"), [ids[0]])
case(
    "CategoryEncoding",
    "weighed counts",
    lambda: L.CategoryEncoding(5, output_mode="count"),
    [ids],
    options={"count_weights": numbers(3, 4)},
    gradients=False,
)

x = numbers(4, 3, low=-1.5, high=3.5)
x[0] = [0.0, 1.0, 2.0]
for mode in ("int", "one_hot", "multi_hot", "count"):
    case("Discretization", mode, lambda: L.Discretization(bin_boundaries=[0.0, 1.0, 2.0], output_mode=mode), [x], gradients=False)
case("Discretization", "a column", lambda: L.Discretization(bin_boundaries=[0.0, 1.0], output_mode="one_hot"), [x[:, :1]], gradients=False)
case("Discretization", "whole numbers", lambda: L.Discretization(bin_boundaries=[0.0, 2.0]), [ids], gradients=False)

case("Normalization", "last axis", lambda: L.Normalization(), [numbers(4, 3)], gradients=False)
case("Normalization", "one for all", lambda: L.Normalization(axis=None), [numbers(4, 3)], gradients=False)
case("Normalization", "two axes", lambda: L.Normalization(axis=(1, -1)), [numbers(4, 3, 2)], gradients=False)
case("Normalization", "invert", lambda: L.Normalization(invert=True), [numbers(4, 3)], gradients=False)
case("Normalization", "given", lambda: L.Normalization(mean=3.0, variance=2.0), [numbers(4, 3)])
case("Normalization", "given lists", lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 0.0, 4.0]), [numbers(4, 2, 3)])
case(
    "Normalization",
    "given, one axis of two",
    lambda: L.Normalization(axis=(1, 2), mean=[1.0, 2.0, 3.0], variance=[1.0, 0.5, 4.0], invert=True),
    [numbers(4, 2, 3)],
)
case("Rescaling", "scale and offset", lambda: L.Rescaling(0.5, -1.0), [numbers(2, 3)])

sound = numbers(2, 120, low=-1, high=1)
small = {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 6, "sampling_rate": 800}
why = "Keras computes the weights of the mel bands in single precision, whatever the layer's"
for what, options in (
    ("decibels", {}),
    ("power", {"power_to_db": False}),
    ("energy, short pieces", {"power_to_db": False, "mag_exp": 1.0, "sequence_length": 20}),
    ("limits", {"min_freq": 50.0, "max_freq": 300.0, "top_db": 20.0, "ref_power": 2.0, "min_power": 1e-3, "window": "hamming"}),
    ("odd exponent", {"power_to_db": False, "mag_exp": 3.0}),
):
    case("MelSpectrogram", what, lambda: L.MelSpectrogram(**{**small, **options}), [sound], tolerance=5e-5, why=why)
case("MelSpectrogram", "one signal", lambda: L.MelSpectrogram(**small), [sound[0]], tolerance=5e-5, why=why)

channels = numbers(2, 40, 2, low=-1, high=1)
for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft"):
    case("STFTSpectrogram", mode, lambda: L.STFTSpectrogram(mode=mode, frame_length=8), [channels])
for what, options in (
    ("two axes", {"expand_dims": True}),
    ("steps, longer transform, same", {"frame_step": 3, "fft_length": 16, "padding": "same"}),
):
    case("STFTSpectrogram", what, lambda: L.STFTSpectrogram(mode="magnitude", frame_length=8, **options), [channels])
for what, options in (("channels first", {}), ("channels first, two axes", {"expand_dims": True})):
    first = np.ascontiguousarray(channels.transpose(0, 2, 1))
    case(
        "STFTSpectrogram",
        what,
        lambda: L.STFTSpectrogram(mode="magnitude", frame_length=8, data_format="channels_first", **options),
        [first],
    )
case("Pipeline", "two steps", lambda: L.Pipeline([L.Rescaling(0.5), L.Normalization(mean=1.0, variance=4.0)]), [numbers(2, 3)])
golden.write()
