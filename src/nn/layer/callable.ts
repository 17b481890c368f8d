// Objects that can be called like functions: `layers.dense({ units: 10 })(x)`.

/** What a call of a {@link Callable} does. */
export const invoke = Symbol('invoke')

/**
 * A base class whose instances are functions: calling one is calling its method {@link invoke}. The constructor returns a function with the
 * subclass's prototype, so that fields, methods and `instanceof` are as of any object.
 */
export abstract class Callable {
  constructor() {
    const self = (...args: readonly unknown[]) => made[invoke](...args)
    const made = Object.setPrototypeOf(self, new.target.prototype)
    // A function's own name and length cannot be assigned to, and subclasses may have fields of these names.
    for (const property of ['name', 'length'])
      Object.defineProperty(made, property, { value: undefined, writable: true, enumerable: property === 'name' })
    // biome-ignore lint/correctness/noConstructorReturn: that an instance is this function is what the class is for
    return made
  }
}
