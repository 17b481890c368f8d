"""Golden cases of ops.image: KERAS_BACKEND=torch python make_ops_image.py writes ops-image.json.

What Keras's torch backend lacks (Lanczos) or does as no other backend (bicubic without antialiasing) comes from its jax backend; reconstruct_patches,
which Keras 3.15.1 does not have yet, from torch's fold.
"""

import os

os.environ["JAX_ENABLE_X64"] = "1"

import jax
import numpy as np
import torch
from arrays import Golden, array, booleans, camel, encode, numbers
from keras import ops
from keras.src.backend.jax import image as jax_image

image = ops.image
golden = Golden("ops-image")


def row(name):
    return f"keras.ops.image.{name}"


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def option_case(name, case, arrays, options, positional=(), **more):
    """The last of Tenon's arguments is an object of options; Keras gets them by name."""
    named = {snake(key): value for key, value in options.items()}
    call = lambda *xs: getattr(image, name)(*xs, *positional, **named)
    golden.op(row(name), case, [*arrays, *positional, options], call, f"image.{camel(name)}", **more)


def jax_case(name, case, x, positional, options):
    named = {snake(key): value for key, value in options.items()}
    function = lambda a: getattr(jax_image, name)(a, *positional, **named)
    result, pull = jax.vjp(function, np.asarray(x, np.float64))
    cotangent = numbers(*result.shape, low=-1, high=1)
    (gradient,) = pull(np.asarray(cotangent, np.float64))
    golden.add(
        row(name),
        case,
        function=f"image.{camel(name)}",
        args=[x, *positional, options],
        results=[np.asarray(result)],
        cotangents=[cotangent],
        gradients=[np.asarray(gradient)],
    )


CHANNELS_FIRST = {"dataFormat": "channels_first"}
small = numbers(2, 5, 4, 3, low=0, high=1)
small_first = numbers(2, 3, 4, 5, low=0, high=1)
single = numbers(5, 6, 3, low=0, high=1)

# colours
option_case("rgb_to_grayscale", "a batch", [small], {})
option_case("rgb_to_grayscale", "channels first, one image", [numbers(3, 4, 5)], CHANNELS_FIRST)
option_case("rgb_to_grayscale", "whole numbers are truncated", [np.arange(24, dtype=np.int32).reshape(2, 4, 3) * 9], {}, gradients=False)
for name in ["rgb_to_hsv", "hsv_to_rgb"]:
    option_case(name, "a batch", [small], {})
    option_case(name, "channels first", [small_first], CHANNELS_FIRST)
corners = np.array([[[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1e-17, 0, 0]]], np.float32)
option_case("rgb_to_hsv", "black, white and pure colours", [corners], {}, gradients=False)
option_case("hsv_to_rgb", "hues beyond a turn", [numbers(3, 3, 3, low=-2, high=3)], {})

# borders
option_case("crop_images", "top, left and target", [small], {"topCropping": 1, "leftCropping": 2, "targetHeight": 3, "targetWidth": 2})
option_case("crop_images", "borders, channels first", [small_first], {"topCropping": 1, "leftCropping": 0, "bottomCropping": 2, "rightCropping": 3, **CHANNELS_FIRST})
option_case("crop_images", "bottom, right and target, one image", [single], {"bottomCropping": 1, "rightCropping": 2, "targetHeight": 3, "targetWidth": 2})
option_case("pad_images", "top, left and target", [small], {"topPadding": 1, "leftPadding": 2, "targetHeight": 8, "targetWidth": 7})
option_case("pad_images", "borders, channels first", [small_first], {"topPadding": 1, "leftPadding": 0, "bottomPadding": 2, "rightPadding": 3, **CHANNELS_FIRST})

# resizing
for interpolation in ["nearest", "bilinear"]:
    for case, size in [("larger", (7, 9)), ("smaller", (3, 2)), ("one axis", (5, 9))]:
        option_case("resize", f"{interpolation}, {case}", [small], {"interpolation": interpolation}, [size])
    option_case("resize", f"{interpolation}, channels first", [small_first], {"interpolation": interpolation, **CHANNELS_FIRST}, [(6, 3)])
for interpolation in ["bilinear", "bicubic"]:
    option_case("resize", f"{interpolation}, antialias, smaller", [numbers(1, 9, 11, 2)], {"interpolation": interpolation, "antialias": True}, [(4, 3)])
option_case("resize", "nearest, one image", [single], {"interpolation": "nearest"}, [(3, 4)])
option_case("resize", "cropped to proportions", [numbers(1, 5, 9, 2)], {"cropToAspectRatio": True}, [(4, 4)])
option_case("resize", "cropped to proportions, tall", [numbers(1, 2, 9, 4)], {"cropToAspectRatio": True, **CHANNELS_FIRST}, [(3, 5)])
option_case("resize", "padded to proportions", [numbers(1, 5, 9, 2)], {"padToAspectRatio": True, "fillValue": 0.5}, [(6, 6)])
option_case("resize", "padded to proportions, tall", [numbers(9, 4, 2)], {"padToAspectRatio": True}, [(6, 6)])
option_case("resize", "bytes", [(numbers(1, 4, 5, 2, low=0, high=255)).astype(np.uint8)], {}, [(6, 7)], gradients=False)
for interpolation in ["bicubic", "lanczos3", "lanczos5"]:
    jax_case("resize", f"{interpolation}, larger", small, [(7, 9)], {"interpolation": interpolation})
    jax_case("resize", f"{interpolation}, smaller", numbers(1, 9, 11, 2), [(4, 3)], {"interpolation": interpolation})
for interpolation in ["lanczos3", "lanczos5"]:
    jax_case("resize", f"{interpolation}, antialias", numbers(1, 9, 11, 2), [(4, 3)], {"interpolation": interpolation, "antialias": True})

# scale_and_translate
scales = [np.array([1.5, 0.7], np.float32), np.array([0.6, -1.3], np.float32)]
for method in ["linear", "cubic", "lanczos3", "lanczos5"]:
    for antialias in [True, False]:
        golden.op(
            row("scale_and_translate"),
            f"{method}, {'with' if antialias else 'without'} antialias",
            [numbers(5, 6, 2), [7, 5, 2], *scales, {"spatialDims": [0, 1], "method": method, "antialias": antialias}],
            lambda x, s, t: image.scale_and_translate(x, (7, 5, 2), s, t, (0, 1), method, antialias=antialias),
            "image.scaleAndTranslate",
        )
golden.op(
    row("scale_and_translate"),
    "whole numbers, axes from the end",
    [np.arange(24, dtype=np.int32).reshape(4, 6), [4, 9], np.array([1.4], np.float32), np.array([0.3], np.float32), {"spatialDims": [-1], "method": "cubic"}],
    lambda x, s, t: image.scale_and_translate(x, (4, 9), s, t, (-1,), "cubic"),
    "image.scaleAndTranslate",
    gradients=False,
)

# reading between pixels
places = np.stack([numbers(9, low=-9, high=12), numbers(9, low=-9, high=12)])
for mode in ["constant", "nearest", "wrap", "mirror", "reflect"]:
    for order in [0, 1]:
        options = {"fillMode": mode, "fillValue": 0.25}
        golden.op(
            row("map_coordinates"),
            f"{mode}, order {order}",
            [numbers(4, 5), places, order, options],
            lambda x, c: image.map_coordinates(x, c, order, fill_mode=mode, fill_value=0.25),
            "image.mapCoordinates",
        )
golden.op(
    row("map_coordinates"),
    "three axes",
    [numbers(2, 3, 4), numbers(3, 2, 3, low=-1, high=4), 1, {}],
    lambda x, c: image.map_coordinates(x, c, 1),
    "image.mapCoordinates",
)
golden.op(
    row("map_coordinates"),
    "whole numbers",
    [np.arange(20, dtype=np.int32).reshape(4, 5), places, 1, {"fillMode": "nearest"}],
    lambda x, c: image.map_coordinates(x, c, 1, fill_mode="nearest"),
    "image.mapCoordinates",
    gradients=False,
)
# Without gradients: Keras multiplies the last two numbers of a transform by the channel's index, and with them their gradients.
transforms = np.array([[0.91, 0.23, -0.72, -0.13, 1.17, 0.41, 0, 0], [1.31, -0.29, 1.13, 0.27, 0.83, -1.61, 0, 0]], np.float32)
for mode in ["constant", "nearest", "wrap", "mirror", "reflect"]:
    for interpolation in ["nearest", "bilinear"]:
        options = {"fillMode": mode, "interpolation": interpolation, "fillValue": 0.5}
        golden.op(
            row("affine_transform"),
            f"{mode}, {interpolation}",
            [small, transforms, options],
            # Keras writes into the transform: it gets a copy.
            lambda x, t: image.affine_transform(x, t.clone(), interpolation, mode, 0.5),
            "image.affineTransform",
            gradients=False,
        )
golden.op(
    row("affine_transform"),
    "one image, channels first",
    [numbers(2, 4, 5), transforms[0], CHANNELS_FIRST],
    lambda x, t: image.affine_transform(x, t.clone()[None], data_format="channels_first"),
    "image.affineTransform",
    gradients=False,
)
starts = np.array([[[0, 0], [0, 4], [3, 0], [3, 4]], [[0, 0], [0, 4], [3, 0], [3, 4]]], np.float32)
ends = np.array([[[0.3, 0.5], [0.7, 4.4], [2.6, -0.9], [3.4, 3.1]], [[0.8, 1], [-1, 3.1], [3.5, 0.3], [2.8, 4.3]]], np.float32)
for interpolation in ["nearest", "bilinear"]:
    option_case("perspective_transform", interpolation, [small, starts, ends], {"interpolation": interpolation, "fillValue": 0.25})
option_case("perspective_transform", "one image, channels first", [numbers(2, 5, 4), starts[0], ends[0]], CHANNELS_FIRST)

# patches
volume = numbers(1, 4, 5, 6, 2)
option_case("extract_patches", "side by side", [numbers(2, 6, 4, 2)], {}, [(3, 2)])
option_case("extract_patches", "one size", [numbers(2, 5, 4, 2)], {}, [2])
option_case("extract_patches", "overlapping, same", [numbers(2, 5, 4, 2)], {"strides": 2, "padding": "same"}, [3])
option_case("extract_patches", "dilated", [numbers(1, 7, 6, 2)], {"strides": 1, "dilationRate": 2, "padding": "same"}, [3])
option_case("extract_patches", "channels first, one image", [numbers(2, 5, 6)], {"strides": 1, **CHANNELS_FIRST}, [(2, 3)])
option_case("extract_patches", "volumes", [volume], {}, [(2, 2, 3)])
option_case("extract_patches_3d", "a cube", [volume], {}, [2])
option_case("extract_patches_3d", "overlapping, same, channels first", [numbers(1, 2, 3, 4, 5)], {"strides": 2, "padding": "same", **CHANNELS_FIRST}, [3])


def folded(patches, size, output, strides, low):
    """The mean of overlapping windows, by torch.nn.functional.fold."""
    batch, rows, columns, depth = patches.shape
    channels = depth // (size[0] * size[1])
    blocks = patches.reshape(batch, rows * columns, size[0] * size[1], channels).permute(0, 3, 2, 1).reshape(batch, -1, rows * columns)
    whole = [(n - 1) * s + k for n, s, k in zip((rows, columns), strides, size)]
    fold = lambda x: torch.nn.functional.fold(x, whole, size, stride=strides)
    mean = fold(blocks) / fold(torch.ones_like(blocks))
    return mean[:, :, low[0] : low[0] + output[0], low[1] : low[1] + output[1]].permute(0, 2, 3, 1)


for case, shape, size, output, options, strides, low in [
    ("side by side", (2, 2, 3, 12), (3, 2), (6, 6), {}, (3, 2), (0, 0)),
    ("side by side, same", (1, 2, 3, 18), (3, 3), (5, 8), {"padding": "same"}, (3, 3), (0, 0)),
    ("overlapping", (1, 3, 2, 18), (3, 3), (7, 5), {"strides": 2}, (2, 2), (0, 0)),
    ("overlapping, same", (1, 3, 3, 9), (3, 3), (5, 6), {"strides": 2, "padding": "same"}, (2, 2), (1, 0)),
]:
    golden.op(
        row("reconstruct_patches"),
        case,
        [numbers(*shape), size, output, options],
        lambda x: folded(x, size, output, strides, low),
        "image.reconstructPatches",
    )

# filters
option_case("gaussian_blur", "default", [small], {"dataFormat": "channels_last"})
option_case("gaussian_blur", "two deviations, channels first", [numbers(2, 2, 7, 6)], {"kernelSize": (5, 5), "sigma": (0.7, 2.0), **CHANNELS_FIRST})
jax_case("gaussian_blur", "an even size", numbers(1, 6, 5, 2), [], {"kernelSize": (4, 4), "sigma": (1.0, 1.5), "dataFormat": "channels_last"})
option_case("gaussian_blur", "one image", [numbers(6, 5, 2)], {"kernelSize": (3, 3), "sigma": (2.0, 0.6), "dataFormat": "channels_last"})
option_case("sobel_edges", "a batch", [small], {})
option_case("sobel_edges", "channels first", [small_first], CHANNELS_FIRST)
option_case("ssim", "a batch", [numbers(2, 12, 13, 2, low=0, high=1), numbers(2, 12, 13, 2, low=0, high=1)], {})
option_case(
    "ssim",
    "all options, channels first",
    [numbers(2, 9, 8, low=0, high=255), numbers(2, 9, 8, low=0, high=255)],
    {"maxVal": 255, "filterSize": 5, "filterSigma": 1.1, "k1": 0.02, "k2": 0.05, **CHANNELS_FIRST},
)

golden.write()
