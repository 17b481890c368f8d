"""Golden cases of layers on images: KERAS_BACKEND=torch python make_preprocessing_images.py writes preprocessing-images.json.

What a random layer draws is fixed: a case has the transformation (Keras's own draw, or numbers) that both sides apply.
"""

import copy

import numpy as np
import torch
from arrays import Golden, array, camel, cotangent_of, gradients_of, numbers
from keras import layers

golden = Golden("preprocessing-images")
torch.manual_seed(5)


def tensors(value):
    if isinstance(value, dict):
        return {key: tensors(part) for key, part in value.items()}
    return torch.tensor(value) if isinstance(value, np.ndarray) else value


def arrays_in(value):
    """The tensors of what a layer has drawn, under Tenon's names."""
    if isinstance(value, dict):
        parts = {camel(key): arrays_in(part) for key, part in value.items() if key != "input_shape"}
        return {key: part for key, part in parts.items() if part is not None}
    if isinstance(value, torch.Tensor):
        return value.detach().numpy()
    return value if isinstance(value, np.ndarray) else None


def case(layer, name, x, given=None, theirs=None, masks=False, boxes=None, gradients=True, labels=None, **more):
    """`given`: the transformation in Tenon's names (default: what `theirs` is); `theirs`: in Keras's (default: a draw)."""
    images = torch.tensor(x, requires_grad=gradients)
    if theirs is None:
        theirs = layer.get_random_transformation(images.detach(), training=True)
    theirs = tensors(theirs)
    # Keras writes into images and transformations that it is given.
    fresh = lambda: copy.deepcopy(theirs)
    result = layer.transform_images(images * 1, fresh(), training=True)
    fields = {}
    if gradients:
        cotangent = cotangent_of(result)
        fields["cotangents"] = [cotangent]
        fields["gradients"] = gradients_of([result], [cotangent], [images])
    if masks:
        mask = (numbers(*x.shape[:3], 1) > 0).astype(np.float32)
        fields["masks"] = mask
        fields["maskResults"] = [layer.transform_segmentation_masks(torch.tensor(mask), fresh(), training=True)]
    if boxes is not None:
        kept = np.arange(boxes.shape[0] * boxes.shape[1], dtype=np.int32).reshape(boxes.shape[:2])
        fields["boxes"], fields["boxLabels"] = boxes, kept
        moved = layer.transform_bounding_boxes({"boxes": torch.tensor(boxes), "labels": torch.tensor(kept)}, fresh(), training=True)
        fields["boxResults"] = [moved["boxes"]]
    if labels is not None:
        fields["labels"] = labels
        fields["labelResults"] = [layer.transform_labels(torch.tensor(labels), fresh(), training=True)]
    if given is None:
        given = arrays_in(theirs)
    config = {key: part for key, part in layer.get_config().items() if key not in ("name", "trainable", "dtype")}
    golden.add(
        f"keras.layers.{type(layer).__name__}",
        name,
        className=type(layer).__name__,
        config=config,
        inputs=[x],
        transformation=given if given is not None else [],
        results=[result],
        **fields,
        **more,
    )


bytes_ = numbers(3, 4, 5, 3, low=0, high=255)
unit = numbers(3, 4, 5, 3, low=0, high=1)
unit_first = numbers(2, 3, 4, 5, low=0, high=1)
one_hot = np.eye(4, dtype=np.float32)[[0, 2, 3]]
BOXES = np.array([[[1, 1, 4, 3], [0, 2, 4.5, 4]], [[2, 0, 5, 3.5], [3, 3, 5, 4]], [[0, 0, 5, 4], [1, 3.5, 2, 4]]], np.float32)
XYXY = {"bounding_box_format": "xyxy"}
CHANNELS_FIRST = {"data_format": "channels_first"}

# without randomness
case(layers.CenterCrop(3, 4, **XYXY), "a part", bytes_, [], {"input_shape": bytes_.shape}, masks=True, boxes=BOXES)
case(layers.CenterCrop(8, 5, **XYXY), "larger than the images", bytes_, [], {"input_shape": bytes_.shape})
case(layers.CenterCrop(3, 4, **CHANNELS_FIRST), "channels first", unit_first, [], {"input_shape": unit_first.shape})
for options in [{}, {"interpolation": "nearest"}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 9.0}, {"antialias": True}]:
    layer = layers.Resizing(4, 3, **options, **XYXY)
    case(layer, ", ".join(options) or "default", bytes_, [], (4, 5), masks=not options, boxes=BOXES)
case(layers.Resizing(4, 9, **CHANNELS_FIRST), "channels first", unit_first, [], ())
case(layers.AutoContrast(), "bytes", bytes_, [], {}, gradients=False)
flat = unit.copy()
flat[1, :, :, 2] = 0.3
case(layers.AutoContrast(value_range=(0, 1)), "a channel of one value", flat, [], {}, gradients=False)
whole = np.floor(numbers(2, 4, 5, 3, low=0, high=256))
case(layers.Equalization(), "bytes", whole, [], {}, gradients=False)
case(layers.Equalization(bins=16), "16 bins", whole, [], {}, gradients=False)
case(layers.Equalization(value_range=(0, 1)), "another range", unit, [], {}, gradients=False)
constant = whole.copy()
constant[..., 1] = 7
case(layers.Equalization(**CHANNELS_FIRST), "channels first, a channel of one value", constant.transpose(0, 3, 1, 2), [], {}, gradients=False)

# light and colour
case(layers.RandomBrightness(0.3), "bytes", bytes_)
case(layers.RandomBrightness([-0.2, 0.5], value_range=[0, 1]), "another range", unit)
case(layers.RandomContrast(0.4), "bytes", bytes_)
case(layers.RandomContrast((0.3, 0.6), value_range=(0, 1), **CHANNELS_FIRST), "channels first", unit_first)
case(layers.RandomGrayscale(0.5), "two of three", bytes_, {"shouldApply": np.array([True, False, True])}, np.array([True, False, True]).reshape(3, 1, 1, 1))
case(layers.RandomHue(0.5), "bytes", bytes_)
case(layers.RandomHue((0.2, 0.9), value_range=(0, 1), **CHANNELS_FIRST), "channels first", unit_first)
case(layers.RandomSaturation((0.2, 0.8)), "bytes", bytes_)
case(layers.RandomSaturation(0.5, value_range=(0, 1), **CHANNELS_FIRST), "channels first", unit_first, theirs={"factor": np.array([0.4, 1.7], np.float32)})
case(layers.RandomColorDegeneration(0.5), "bytes", bytes_)
case(layers.RandomColorDegeneration((0.2, 0.9), value_range=(0, 1), **CHANNELS_FIRST), "channels first", unit_first)
case(layers.RandomInvert(0.7), "two of three", bytes_, theirs={"apply_inversion": np.array([True, False, True])})
case(layers.RandomPosterization(4), "to 4 bits", bytes_, {"shiftFactor": np.array([4, 5, 7], np.int32)}, {"shift_factor": np.array([4, 5, 7], np.uint8)}, gradients=False)
case(layers.RandomPosterization((3, 6), value_range=(0, 1)), "another range", unit, {"shiftFactor": np.array([2, 3, 5], np.int32)}, {"shift_factor": np.array([2, 3, 5], np.uint8)}, gradients=False)
case(layers.RandomSharpness(0.8), "bytes", bytes_)
case(layers.RandomSharpness((0.1, 0.4), value_range=(0, 1), **CHANNELS_FIRST), "channels first", unit_first)
case(layers.Solarization(0.2, 0.7), "bytes", bytes_)
case(layers.Solarization((0.1, 0.2), (0.3, 0.6), value_range=(0, 1)), "another range", unit)
case(
    layers.RandomGaussianBlur(0.8, kernel_size=5, sigma=0.9),
    "two of three",
    bytes_,
    theirs={"should_apply_blur": np.array([True, False, True]), "blur_factor": np.array([0.5, 0.9], np.float32)},
)

# places
case(layers.RandomCrop(3, 4), "one place", bytes_, [np.array(1, np.int32), np.array(1, np.int32)], (1, 1), masks=True)
for mode in ["horizontal", "vertical", "horizontal_and_vertical"]:
    case(layers.RandomFlip(mode, **XYXY), mode, bytes_, theirs={"flips": np.array([True, False, True]).reshape(3, 1, 1, 1), "input_shape": bytes_.shape}, masks=True)
case(layers.RandomFlip("horizontal", **CHANNELS_FIRST), "channels first", unit_first, theirs={"flips": np.array([True, False]).reshape(2, 1, 1, 1)})
for fill in ["reflect", "wrap", "constant", "nearest"]:
    more = {"fill_mode": fill, "fill_value": 5.0}
    case(layers.RandomRotation(0.2, **more, **XYXY), fill, bytes_, masks=fill == "reflect", boxes=BOXES if fill == "wrap" else None)
    case(layers.RandomTranslation(0.3, (0.1, 0.4), **more, **XYXY), fill, bytes_, masks=fill == "reflect", boxes=BOXES if fill == "wrap" else None)
    case(layers.RandomZoom((-0.3, 0.4), (0.1, 0.5), **more, **XYXY), fill, bytes_, masks=fill == "reflect", boxes=BOXES if fill == "wrap" else None)
    case(layers.RandomShear(0.4, 0.2, **more), fill, bytes_, masks=fill == "reflect")
case(layers.RandomZoom(0.3, interpolation="nearest", **CHANNELS_FIRST), "one factor, nearest, channels first", unit_first)
case(layers.RandomPerspective(0.8, scale=0.4, fill_value=3.0), "bilinear", bytes_, masks=True)
case(layers.RandomPerspective(1.0, scale=0.3, interpolation="nearest", **CHANNELS_FIRST), "nearest, channels first", unit_first)

# several images
corners = [np.array(v, np.float32) for v in ([1.2, 0, 2.5], [3.9, 2.5, 4.1], [0.5, 1.1, 2.0], [2.3, 3.9, 3.2])]
rectangles = dict(zip(["x0", "x1", "y0", "y1"], corners))
erasing = layers.RandomErasing(0.6, scale=(0.1, 0.4), fill_value=(1.0, 20.0, 300.0))
erased, paint = np.array([True, False, True]), np.array([1.0, 20.0, 255.0], np.float32)
box = lambda layer, shape: layer._generate_batch_mask(shape, [torch.tensor(corners[i]) for i in range(4)])
case(
    erasing,
    "two of three, a colour",
    bytes_,
    {**rectangles, "applyErasing": erased, "fillValue": paint.reshape(1, 1, 1, 3)},
    {"apply_erasing": erased, "batch_masks": box(erasing, bytes_.shape), "fill_value": np.broadcast_to(paint, bytes_.shape).copy()},
)
order = np.array([2, 0, 1], np.int32)
cut = layers.CutMix(0.8)
batch_masks, share = box(cut, bytes_.shape)
case(
    cut,
    "images, labels and masks",
    bytes_,
    {**rectangles, "mixWeight": share.numpy().reshape(3), "permutationOrder": order},
    {"permutation_order": order, "batch_masks": batch_masks, "mix_weight": share},
    labels=one_hot,
)
mix = {"mix_weight": np.array([0.9, 0.3, 0.55], np.float32), "permutation_order": order}
case(layers.MixUp(0.4), "images and labels", bytes_, theirs=mix, labels=one_hot)

# layers of layers, with changes that draw nothing
augment = layers.RandAugment(num_ops=2, factor=0.4)
drawn = augment.get_random_transformation(torch.tensor(whole), training=True)
# Keras adds this to the images even where brightness is not chosen.
drawn["transforms"]["random_brightness"]["rgb_delta"] *= 0
drawn["layer_idxes"] = torch.tensor([10, 9])
keys = array(np.zeros((2, 2)), "uint32")
case(augment, "equalization, then auto contrast", whole, {"layerIdxes": np.array([10, 9], np.int32), "keys": keys}, drawn, gradients=False)
chains = [[{"layer_name": "equalization", "transformation": None}], [], [{"layer_name": name, "transformation": None} for name in ("equalization", "auto_contrast")]]
for all_ops, indices in [(True, [[11, 10, 11], [11, 11, 11], [10, 9, 11]]), (False, [[7, 6, 7], [7, 7, 7], [6, 5, 7]])]:
    weights = np.array([0.2, 0.5, 0.3], np.float32)
    case(
        layers.AugMix(all_ops=all_ops),
        "three chains" if all_ops else "three chains, without light",
        whole,
        {"chainMixingWeights": weights, "weightSample": np.array(0.35, np.float32), "layerIdxes": np.array(indices, np.int32), "keys": array(np.zeros((3, 3, 2)), "uint32")},
        {"chain_mixing_weights": weights, "weight_sample": np.array(0.35, np.float32), "chain_transforms": chains},
        gradients=False,
    )

golden.write()
