// The errors Tenon throws. One class per kind, each with a stable `code`; messages read
// `where: what was expected, what was received. What to do.`

/** Base of every error that Tenon throws on purpose. */
export class TenonError extends Error {
  // Written out, not taken from the class: a minified bundle renames classes.
  override readonly name: string = 'TenonError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Shapes that do not fit an operation or a layer. */
export class ShapeError extends TenonError {
  override readonly name: string = 'ShapeError'

  constructor(message: string, options?: ErrorOptions) {
    super('SHAPE', message, options)
  }
}

/** A dtype that an operation does not take. */
export class DTypeError extends TenonError {
  override readonly name: string = 'DTypeError'

  constructor(message: string, options?: ErrorOptions) {
    super('DTYPE', message, options)
  }
}

/** A device that is missing, full or failing. */
export class DeviceError extends TenonError {
  override readonly name: string = 'DeviceError'

  constructor(message: string, options?: ErrorOptions) {
    super('DEVICE', message, options)
  }
}

/** Bytes (a file, a message) that are not what their format promises. */
export class FormatError extends TenonError {
  override readonly name: string = 'FormatError'

  constructor(message: string, options?: ErrorOptions) {
    super('FORMAT', message, options)
  }
}

/** A setting, an argument or an identifier that is not understood. */
export class ConfigError extends TenonError {
  override readonly name: string = 'ConfigError'

  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG', message, options)
  }
}

/** Data or a loss that make training meaningless: NaN, labels out of range, lengths that differ. */
export class TrainingError extends TenonError {
  override readonly name: string = 'TrainingError'

  constructor(message: string, options?: ErrorOptions) {
    super('TRAINING', message, options)
  }
}
