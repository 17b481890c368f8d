// Where the channels of images, sequences and volumes stand: last, as all primitives want them, or before the spatial axes.

import { ConfigError } from '../core/index.ts'

/** `[batch, …spatial, channels]` or `[batch, channels, …spatial]`, in either spelling. */
export type DataFormat = 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first'

export interface DataFormatOption {
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat
}

/**
 * Whether channels stand before the spatial axes; they stand last where nothing is said.
 *
 * @throws ConfigError where the name is none of {@link DataFormat}, naming `where`
 */
export function isChannelsFirst(where: string, dataFormat: DataFormat | null | undefined): boolean {
  switch (dataFormat ?? 'channelsLast') {
    case 'channelsLast':
    case 'channels_last':
      return false
    case 'channelsFirst':
    case 'channels_first':
      return true
    default:
      throw new ConfigError(
        `${where}: expected dataFormat to be 'channelsLast' or 'channelsFirst' ('channels_last', 'channels_first'), got '${String(dataFormat)}'. Choose one of them.`,
      )
  }
}
