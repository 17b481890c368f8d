// Events of TensorBoard as protocol-buffer messages (tensorflow/core/util/event.proto and framework/summary.proto): scalars, histograms, images, text.

import type { BinaryWriter } from '@bufbuild/protobuf/wire'
import { encodePng, type Picture } from './png.ts'
import { type Histogram, histogramOf } from './histogram.ts'

/** What an event shows under its tag. */
export type SummaryValue =
  | { readonly kind: 'scalar'; readonly value: number }
  /** The distribution of numbers. */
  | { readonly kind: 'histogram'; readonly values: ArrayLike<number> }
  | { readonly kind: 'image'; readonly picture: Picture }
  /** Markdown. */
  | { readonly kind: 'text'; readonly text: string }
  /** A model as Keras's JSON, which TensorBoard draws as a graph. */
  | { readonly kind: 'model'; readonly json: string }

/** Something that was measured at a step. */
export interface SummaryEvent {
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly step: number
  readonly tag: string
  readonly value: SummaryValue
}

type Writers = () => BinaryWriter

/** Encodes events; made once the protocol-buffer library is loaded. */
export interface EventEncoder {
  /** The first message of every event file. */
  version(wallTime: number): Uint8Array
  summary(event: SummaryEvent): Promise<Uint8Array>
}

/** Loads what encodes events. */
export async function eventEncoder(): Promise<EventEncoder> {
  const { BinaryWriter: Writer } = await import('@bufbuild/protobuf/wire')
  const writer = (): BinaryWriter => new Writer()
  return {
    version: (wallTime) => double(writer(), 1, wallTime).tag(3, 2).string('brain.Event:2').finish(),
    summary: async ({ wallTime, step, tag, value }) => {
      const entry = writer().tag(1, 2).string(tag)
      await writeValue(writer, entry, value)
      const summary = writer().tag(1, 2).bytes(entry.finish()).finish()
      const event = double(writer(), 1, wallTime)
      if (step !== 0) event.tag(2, 0).int64(step)
      return event.tag(5, 2).bytes(summary).finish()
    },
  }
}

/** A field of a double; as everywhere in these messages, zero is what is not there. */
const double = (writer: BinaryWriter, field: number, value: number): BinaryWriter => (value === 0 ? writer : writer.tag(field, 1).double(value))

async function writeValue(writer: Writers, entry: BinaryWriter, value: SummaryValue): Promise<void> {
  switch (value.kind) {
    case 'scalar':
      entry.tag(2, 5).float(Math.fround(value.value))
      return
    case 'histogram':
      entry.tag(5, 2).bytes(histogram(writer, histogramOf(value.values)))
      return
    case 'image': {
      const { height, width, channels } = value.picture
      const png = await encodePng(value.picture)
      entry.tag(4, 2).bytes(writer().tag(1, 0).int32(height).tag(2, 0).int32(width).tag(3, 0).int32(channels).tag(4, 2).bytes(png).finish())
      return
    }
    case 'text': {
      const one = writer().tag(2, 2).bytes(writer().tag(1, 0).int64(1).finish()).finish()
      writeText(writer, entry, value.text, one, writer().tag(1, 2).string('text').finish())
      return
    }
    case 'model':
      writeText(writer, entry, value.json, new Uint8Array(0), writer().tag(1, 2).string('graph_keras_model').tag(2, 2).string('1').finish())
  }
}

/** A tensor of one text, of a shape, for one of TensorBoard's plugins. */
function writeText(writer: Writers, entry: BinaryWriter, text: string, shape: Uint8Array, plugin: Uint8Array): void {
  const stringType = 7
  const tensor = writer().tag(1, 0).int32(stringType).tag(2, 2).bytes(shape).tag(8, 2).string(text).finish()
  entry.tag(8, 2).bytes(tensor).tag(9, 2).bytes(writer().tag(1, 2).bytes(plugin).finish())
}

function histogram(writer: Writers, { min, max, count, sum, sumOfSquares, limits, counts }: Histogram): Uint8Array {
  const doubles = (values: readonly number[]): Uint8Array => {
    const packed = writer()
    for (const value of values) packed.double(value)
    return packed.finish()
  }
  const figures = [min, max, count, sum, sumOfSquares].reduce((message, value, i) => double(message, i + 1, value), writer())
  return figures.tag(6, 2).bytes(doubles(limits)).tag(7, 2).bytes(doubles(counts)).finish()
}
