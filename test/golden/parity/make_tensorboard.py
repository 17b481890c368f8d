"""Writes `tensorboard.tfevents` with TensorBoard's own messages and frames: what Tenon must write, byte for byte; and reads what Tenon wrote.

    bench/.venv/bin/python test/golden/parity/make_tensorboard.py
    bench/.venv/bin/python test/golden/parity/make_tensorboard.py FOLDER     what TensorBoard finds in the event files of a folder
"""

import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

FILE = pathlib.Path(__file__).parent / "tensorboard.tfevents"


def write():
    histogram = HistogramProto(min=0, max=3, num=4, sum=6, sum_squares=14)
    width = 3 / 30
    counts = [0] * 30
    for value in (0, 1, 2, 3):
        counts[min(int(value / width), 29)] += 1
    histogram.bucket_limit.extend([3 if i == 29 else 0 + width * (i + 1) for i in range(30)])
    histogram.bucket.extend(counts)
    text = TensorProto(dtype=7, string_val=[b"**bold**"], tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]))
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    values = [
        (0, Summary.Value(tag="loss", simple_value=0.5)),
        (300, Summary.Value(tag="loss", simple_value=-1.25)),
        (300, Summary.Value(tag="dense/kernel", histo=histogram)),
        (300, Summary.Value(tag="model", tensor=text, metadata=metadata)),
    ]
    with open(FILE, "wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=1700000000.5, file_version="brain.Event:2").SerializeToString())
        for step, value in values:
            writer.write(Event(wall_time=1700000000.5, step=step, summary=Summary(value=[value])).SerializeToString())
        writer.flush()
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")


def read(folder):
    found = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0}).Reload()
    for tag in found.Tags()["scalars"]:
        print("scalar", tag, [(event.step, event.value) for event in found.Scalars(tag)])
    for tag in found.Tags()["histograms"]:
        for event in found.Histograms(tag):
            print("histogram", tag, event.step, event.histogram_value.num, event.histogram_value.min, event.histogram_value.max)
    for tag in found.Tags()["images"]:
        for event in found.Images(tag):
            print("image", tag, event.step, event.width, event.height, len(event.encoded_image_string))
    for tag in found.Tags()["tensors"]:
        for event in found.Tensors(tag):
            print("tensor", tag, event.step, [bytes(x)[:60] for x in event.tensor_proto.string_val])


if len(sys.argv) > 1:
    read(sys.argv[1])
else:
    write()
