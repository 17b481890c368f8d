"""Writes layers-simple.json: activation, merging, reshaping and dropout layers. Run with KERAS_BACKEND=torch and the Python of bench/setup."""

from arrays import Golden, keras, numbers
from layers import layer_case

L = keras.layers
golden = Golden("layers-simple")


def case(name, what, make, inputs, **options):
    layer_case(golden, f"keras.layers.{name}", what, make, inputs, **options)


x = numbers(3, 4)
case("ReLU", "plain", lambda: L.ReLU(), [x])
case("ReLU", "cap, slope and threshold", lambda: L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.5), [x])
case("LeakyReLU", "default", lambda: L.LeakyReLU(), [x])
case("LeakyReLU", "slope", lambda: L.LeakyReLU(negative_slope=0.05), [x])
case("ELU", "default", lambda: L.ELU(), [x])
case("ELU", "alpha", lambda: L.ELU(alpha=0.7), [x * 40])
case("PReLU", "one slope per element", lambda: L.PReLU(), [x])
case("PReLU", "shared axes", lambda: L.PReLU(shared_axes=[1, 2], alpha_regularizer="l2"), [numbers(2, 3, 2, 4)])
case("Softmax", "last axis", lambda: L.Softmax(), [x])
case("Softmax", "axis 1", lambda: L.Softmax(axis=1), [numbers(2, 3, 4)])
case("Softmax", "two axes", lambda: L.Softmax(axis=[1, 2]), [numbers(2, 3, 4)])
case("Softmax", "mask", lambda: L.Softmax(), [x], options={"mask": x > -0.5})
case("Softmax", "mask of nothing", lambda: L.Softmax(), [x], options={"mask": x > 5})

for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
    make = getattr(L, name)
    case(name, "two", lambda: make(), [numbers(2, 3), numbers(2, 3)])
    case(name, "ranks that differ", lambda: make(), [numbers(2, 3), numbers(2, 4, 3)])
    if name != "Subtract":
        case(name, "three", lambda: make(), [numbers(2, 3), numbers(2, 3), numbers(2, 1)])
case("Concatenate", "last axis", lambda: L.Concatenate(), [numbers(2, 3, 4), numbers(2, 3, 2)])
case("Concatenate", "axis 1", lambda: L.Concatenate(axis=1), [numbers(2, 3, 4), numbers(2, 1, 4), numbers(2, 2, 4)])
case("Dot", "vectors", lambda: L.Dot(axes=1), [numbers(3, 4), numbers(3, 4)])
case("Dot", "matrices, axes 2 and 1", lambda: L.Dot(axes=(2, 1)), [numbers(2, 3, 4), numbers(2, 4, 5)])
case("Dot", "cosine", lambda: L.Dot(axes=-1, normalize=True), [numbers(3, 4), numbers(3, 4)])

case("Flatten", "channels last", lambda: L.Flatten(), [numbers(2, 3, 2, 2)])
case("Flatten", "channels first", lambda: L.Flatten(data_format="channels_first"), [numbers(2, 3, 2, 2)])
case("Reshape", "one size open", lambda: L.Reshape((3, -1)), [numbers(2, 12)])
case("Permute", "three axes", lambda: L.Permute((3, 1, 2)), [numbers(2, 3, 4, 5)])
case("RepeatVector", "three times", lambda: L.RepeatVector(3), [x])
case("ZeroPadding1D", "pair", lambda: L.ZeroPadding1D((1, 2)), [numbers(2, 3, 2)])
case("ZeroPadding2D", "default", lambda: L.ZeroPadding2D(), [numbers(2, 3, 2, 2)])
case("ZeroPadding2D", "pairs, channels first", lambda: L.ZeroPadding2D(((1, 0), (2, 1)), data_format="channels_first"), [numbers(2, 2, 3, 2)])
case("ZeroPadding3D", "one for each axis", lambda: L.ZeroPadding3D((1, 2, 0)), [numbers(1, 2, 2, 2, 2)])
case("Cropping1D", "pair", lambda: L.Cropping1D((1, 2)), [numbers(2, 5, 2)])
case("Cropping2D", "pairs", lambda: L.Cropping2D(((1, 0), (1, 1))), [numbers(2, 4, 5, 2)])
case("Cropping2D", "channels first", lambda: L.Cropping2D(1, data_format="channels_first"), [numbers(2, 2, 4, 5)])
case("Cropping3D", "one for each axis", lambda: L.Cropping3D((1, 0, 1)), [numbers(1, 4, 2, 3, 2)])
case("UpSampling1D", "three times", lambda: L.UpSampling1D(3), [numbers(2, 3, 2)])
case("UpSampling2D", "nearest", lambda: L.UpSampling2D((2, 3)), [numbers(2, 2, 3, 2)])
case("UpSampling2D", "bilinear, channels first", lambda: L.UpSampling2D(2, data_format="channels_first", interpolation="bilinear"), [numbers(1, 2, 3, 4)])
case("UpSampling3D", "default", lambda: L.UpSampling3D(), [numbers(1, 2, 2, 1, 2)])

case("Dropout", "not training", lambda: L.Dropout(0.5, seed=3), [x])
case("Dropout", "rate 0 while training", lambda: L.Dropout(0.0), [x], training=True)
case("SpatialDropout1D", "not training", lambda: L.SpatialDropout1D(0.5), [numbers(2, 3, 2)])
case("SpatialDropout2D", "not training", lambda: L.SpatialDropout2D(0.5), [numbers(2, 3, 2, 2)])
case("SpatialDropout3D", "not training", lambda: L.SpatialDropout3D(0.5), [numbers(2, 3, 2, 2, 1)])
case("AlphaDropout", "not training", lambda: L.AlphaDropout(0.5), [x])
case("GaussianDropout", "not training", lambda: L.GaussianDropout(0.5), [x])
case("GaussianNoise", "not training", lambda: L.GaussianNoise(0.5), [x])
case("ActivityRegularization", "x", lambda: L.ActivityRegularization(l1=0.1, l2=0.2), [x])
golden.write()
