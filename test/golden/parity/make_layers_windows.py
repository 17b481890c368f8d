"""Writes layers-windows.json: convolutions, pooling and normalisation. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

import numpy as np

from arrays import Golden, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-windows")
FIRST = {"data_format": "channels_first"}


def case(name, what, make, inputs, **options):
    layer_case(golden, f"keras.layers.{name}", what, make, inputs, **options)


case("Conv1D", "valid, stride 2", lambda: L.Conv1D(3, 2, strides=2), [numbers(2, 5, 2)])
case("Conv1D", "causal, dilated", lambda: L.Conv1D(2, 2, padding="causal", dilation_rate=2, activation="tanh"), [numbers(2, 6, 2)])
case("Conv1D", "channels first, same", lambda: L.Conv1D(2, 3, padding="same", **FIRST), [numbers(2, 2, 5)])
case("Conv2D", "same, stride 2", lambda: L.Conv2D(3, 3, strides=2, padding="same"), [numbers(2, 5, 4, 2)])
case("Conv2D", "groups, relu, no bias", lambda: L.Conv2D(4, (2, 1), groups=2, activation="relu", use_bias=False, kernel_regularizer="l2"), [numbers(1, 3, 3, 4)])
case("Conv2D", "channels first, dilated", lambda: L.Conv2D(2, 2, dilation_rate=(1, 2), **FIRST), [numbers(1, 2, 4, 5)])
case("Conv3D", "same", lambda: L.Conv3D(2, 2, padding="same"), [numbers(1, 3, 3, 2, 2)])
case("Conv3D", "valid, strides", lambda: L.Conv3D(2, (1, 2, 2), strides=(1, 2, 1)), [numbers(1, 2, 4, 3, 1)])
case("Conv1DTranspose", "same, stride 2", lambda: L.Conv1DTranspose(2, 3, strides=2, padding="same"), [numbers(1, 4, 2)])
case("Conv1DTranspose", "valid, output padding", lambda: L.Conv1DTranspose(2, 3, strides=2, output_padding=1), [numbers(1, 4, 2)])
case("Conv2DTranspose", "same, stride 2, relu", lambda: L.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu"), [numbers(1, 3, 3, 2)])
case("Conv2DTranspose", "channels first, valid", lambda: L.Conv2DTranspose(2, (2, 3), **FIRST), [numbers(1, 2, 3, 3)])
case("Conv3DTranspose", "same", lambda: L.Conv3DTranspose(2, 2, strides=2, padding="same"), [numbers(1, 2, 2, 2, 1)])
case("DepthwiseConv1D", "multiplier 2", lambda: L.DepthwiseConv1D(2, depth_multiplier=2), [numbers(1, 5, 2)])
case("DepthwiseConv2D", "same, multiplier 2", lambda: L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, depthwise_regularizer="l1"), [numbers(1, 4, 4, 2)])
case("DepthwiseConv2D", "channels first, stride 2", lambda: L.DepthwiseConv2D(2, strides=2, **FIRST), [numbers(1, 2, 4, 4)])
case("SeparableConv1D", "same", lambda: L.SeparableConv1D(3, 3, padding="same"), [numbers(1, 5, 2)])
case("SeparableConv2D", "multiplier 2, elu", lambda: L.SeparableConv2D(3, 2, depth_multiplier=2, activation="elu", pointwise_constraint="unit_norm"), [numbers(1, 4, 4, 2)])

for axes, shape in ((1, (2, 5, 2)), (2, (1, 5, 4, 2)), (3, (1, 3, 4, 3, 2))):
    for kind in ("MaxPooling", "AveragePooling"):
        make = getattr(L, f"{kind}{axes}D")
        case(f"{kind}{axes}D", "valid", lambda: make(2), [numbers(*shape)])
        case(f"{kind}{axes}D", "same, stride 1", lambda: make(3 if axes < 3 else 2, strides=1, padding="same"), [numbers(*shape)])
        first = (shape[0], shape[-1], *shape[1:-1])
        case(f"{kind}{axes}D", "channels first", lambda: make(2, **FIRST), [numbers(*first)])
    for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
        make = getattr(L, f"{kind}{axes}D")
        case(f"{kind}{axes}D", "plain", lambda: make(), [numbers(*shape)])
        case(f"{kind}{axes}D", "axes kept, channels first", lambda: make(keepdims=True, **FIRST), [numbers(*first)])
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling"):
        make = getattr(L, f"{kind}{axes}D")
        case(f"{kind}{axes}D", "two parts", lambda: make(2), [numbers(*shape)])
case("GlobalAveragePooling1D", "mask", lambda: L.GlobalAveragePooling1D(), [numbers(2, 4, 3)], options={"mask": np.array([[True, True, False, True], [False, True, False, False]])})

x = numbers(4, 3, 2)
case("BatchNormalization", "training", lambda: L.BatchNormalization(), [numbers(6, 4)], training=True, states=True)
case("BatchNormalization", "not training", lambda: L.BatchNormalization(), [numbers(6, 4)], states=True)
case("BatchNormalization", "images, axis 1, momentum", lambda: L.BatchNormalization(axis=1, momentum=0.9, epsilon=1e-4), [numbers(2, 3, 2, 2)], training=True, states=True)
case("BatchNormalization", "no scale, no centre", lambda: L.BatchNormalization(scale=False, center=False), [numbers(6, 4)], training=True, states=True)
case(
    "BatchNormalization",
    "mask",
    lambda: L.BatchNormalization(),
    [numbers(2, 4, 3)],
    training=True,
    states=True,
    options={"mask": np.array([[True, True, False, True], [False, True, False, False]])},
)
case("BatchNormalization", "renormalised", lambda: L.BatchNormalization(renorm=True, renorm_clipping={"rmax": 2.0, "rmin": 0.5, "dmax": 1.0}), [numbers(6, 4)], training=True, states=True)
case("LayerNormalization", "last axis", lambda: L.LayerNormalization(), [numbers(3, 5)])
case("LayerNormalization", "two axes", lambda: L.LayerNormalization(axis=[1, 2], epsilon=1e-5, beta_regularizer="l2"), [x])
case("LayerNormalization", "no centre", lambda: L.LayerNormalization(center=False), [numbers(3, 2, 5)])
case("GroupNormalization", "two groups", lambda: L.GroupNormalization(groups=2), [numbers(2, 3, 3, 4)])
case("GroupNormalization", "one group for each channel, axis 1", lambda: L.GroupNormalization(groups=-1, axis=1), [numbers(2, 4, 3)])
case("RMSNormalization", "last axis", lambda: L.RMSNormalization(), [x])
case("UnitNormalization", "last axis", lambda: L.UnitNormalization(), [x])
case("UnitNormalization", "two axes", lambda: L.UnitNormalization(axis=[1, 2]), [x])
case("SpectralNormalization", "dense, training", lambda: L.SpectralNormalization(L.Dense(3), power_iterations=3), [numbers(4, 5)], training=True, gradients=False)
case("SpectralNormalization", "convolution, not training", lambda: L.SpectralNormalization(L.Conv2D(2, 2)), [numbers(1, 3, 3, 2)])
golden.write()
