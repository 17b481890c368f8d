"""Golden cases of bounding boxes: KERAS_BACKEND=torch python make_bounding_boxes.py writes bounding-boxes.json."""

import numpy as np
from arrays import Golden, numbers
from keras.utils import bounding_boxes
from keras.preprocessing.image import smart_resize

golden = Golden("bounding-boxes")


def row(name):
    return f"keras.utils.bounding_boxes.{name}"


def corners(*shape, low=0.0, high=1.0):
    """Boxes xyxy whose second corner lies right of and below the first."""
    first = numbers(*shape, 2, low=low, high=(low + high) / 2)
    return np.concatenate([first, first + numbers(*shape, 2, low=0.05, high=(high - low) / 2)], -1)


FORMATS = ["xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"]
boxes = corners(3, high=20)
for source in FORMATS:
    for target in [FORMATS[(FORMATS.index(source) + step) % len(FORMATS)] for step in (1, 3, 5, 8)]:
        options = {"source": source, "target": target, "height": 24, "width": 36}
        golden.op(
            row("convert_format"),
            f"{source} to {target}",
            [boxes, options],
            lambda b: bounding_boxes.convert_format(b, source, target, 24, 36, dtype="float64"),
            "convertFormat",
        )

wide = corners(2, 4, low=-10, high=30)
labels = np.arange(8, dtype=np.int32).reshape(2, 4)
clip = lambda **options: lambda b, l: list(bounding_boxes.clip_to_image_size({"boxes": b, "labels": l}, **options).values())
for case, options, keras_options in [
    ("xyxy", {"height": 8, "width": 6}, {"height": 8, "width": 6}),
    ("rel_xyxy", {"boundingBoxFormat": "rel_xyxy"}, {"bounding_box_format": "rel_xyxy"}),
]:
    golden.op(row("clip_to_image_size"), case, [{"boxes": wide, "labels": labels}, options], clip(**keras_options), "clipToImageSize")
options = {"top": 2, "left": 3, "height": 7, "width": 9}
golden.op(row("crop"), "xyxy", [wide, options], lambda b: bounding_boxes.crop(b, 2, 3, 7, 9), "crop")
options = {"top": 2, "left": 3, "height": 40, "width": 50}
golden.op(row("pad"), "xyxy", [wide, options], lambda b: bounding_boxes.pad(b, 2, 3, 40, 50), "pad")
moves = [numbers(2, low=-40, high=40), numbers(2, low=-0.2, high=0.2), numbers(2, low=-0.2, high=0.2), numbers(2, low=0.7, high=1.4)]
shears = [numbers(2, low=-20, high=20), numbers(2, low=-20, high=20)]
names = ["angle", "translateX", "translateY", "scale", "shearX", "shearY"]
for case, more, keras_more in [("default centre", {}, {}), ("another centre", {"centerX": 0.2, "centerY": 0.9}, {"center_x": 0.2, "center_y": 0.9})]:
    golden.op(
        row("affine_transform"),
        case,
        [wide, {**dict(zip(names, [*moves, *shears])), "height": 20, "width": 30, **more}],
        lambda b, *m: bounding_boxes.affine_transform(b, *m, 20, 30, **keras_more),
        "affineTransform",
        # The smallest of equal corners takes all of the gradient in Keras.
        gradients=case == "another centre",
    )

one, two = corners(3, high=20), corners(4, high=20)
batch = corners(2, 4, high=20)
two_masked = np.concatenate([two, np.full((1, 4), -1, np.float32)])
for case, a, b, options, keras_options in [
    ("pairs", one, two, {"boundingBoxFormat": "xyxy"}, {}),
    ("batches", corners(2, 3, high=20), batch, {"boundingBoxFormat": "center_xywh"}, {}),
    ("a batch and one", batch, one, {"boundingBoxFormat": "xywh"}, {}),
    ("masked", one, two_masked, {"boundingBoxFormat": "yxyx", "useMasking": True, "maskVal": -2}, {"use_masking": True, "mask_val": -2}),
    ("relative", corners(3), corners(2), {"boundingBoxFormat": "rel_xyxy", "imageShape": [24, 36, 3]}, {"image_shape": (24, 36, 3)}),
]:
    golden.op(
        row("compute_iou"),
        case,
        [a, b, options],
        lambda x, y: bounding_boxes.compute_iou(x, y, options["boundingBoxFormat"], **keras_options),
        "computeIou",
        gradients=False,
    )
golden.op(
    row("compute_ciou"),
    "one by one",
    [corners(5, high=20), corners(5, high=20), {"boundingBoxFormat": "xyxy"}],
    lambda x, y: bounding_boxes.compute_ciou(x, y, "xyxy"),
    "computeCiou",
    gradients=False,
)

anchors = corners(4, high=20)
variance = np.array([0.1, 0.1, 0.2, 0.2], np.float32)
for case, more, keras_more in [
    ("default", {}, {}),
    ("width first, variance", {"encodingFormat": "center_xywh", "variance": variance.tolist()}, {"encoding_format": "center_xywh", "variance": variance}),
]:
    golden.op(
        row("encode_box_to_deltas"),
        case,
        [anchors, batch, {"anchorFormat": "xyxy", "boxFormat": "xyxy", **more}],
        lambda a, b: bounding_boxes.encode_box_to_deltas(a, b, "xyxy", "xyxy", **keras_more),
        "encodeBoxToDeltas",
        gradients=False,
    )
for case, more, keras_more in [
    ("default", {}, {}),
    ("width first, variance", {"encodedFormat": "center_xywh", "variance": variance.tolist()}, {"encoded_format": "center_xywh", "variance": variance}),
]:
    golden.op(
        row("decode_deltas_to_boxes"),
        case,
        [anchors, numbers(2, 4, 4, low=-1, high=1), {"anchorFormat": "xyxy", "boxFormat": "xywh", **more}],
        lambda a, d: bounding_boxes.decode_deltas_to_boxes(a, d, "xyxy", "xywh", **keras_more),
        "decodeDeltasToBoxes",
        gradients=False,
    )

for case, shape, size, options in [
    ("wide", (1, 5, 9, 2), (4, 4), {}),
    ("tall, nearest, channels first", (2, 9, 4), (3, 5), {"interpolation": "nearest", "dataFormat": "channels_first"}),
]:
    named = {"interpolation": options.get("interpolation", "bilinear"), "data_format": options.get("dataFormat", "channels_last")}
    golden.op(
        "keras.preprocessing.image.smart_resize",
        case,
        [numbers(*shape), list(size), options],
        lambda x: smart_resize(x, size, **named),
        "smartResize",
    )
golden.write()
