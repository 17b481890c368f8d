import assert from 'node:assert/strict'
import test from 'node:test'
import { Input, layers, Model, Sequential, TenonError, zeros } from '../../../src/index.ts'

const construct = (made: unknown, args: readonly unknown[]): unknown => (typeof made === 'function' ? Reflect.construct(made, args) : undefined)
const call = (made: unknown, args: readonly unknown[]): unknown => (typeof made === 'function' ? Reflect.apply(made, undefined, args) : undefined)

/** What is wrong with how calls are refused. */
function complaints(calls: readonly (readonly [make: () => unknown, begins: string, ...parts: string[]])[]): readonly string[] {
  return calls.flatMap(([make, begins, ...parts]) => {
    try {
      return [`${begins} ${parts.join(' ')}: is taken and gives ${String(make())}`]
    } catch (error) {
      const told = error instanceof TenonError && error.message.startsWith(`${begins}: `) && parts.every((part) => error.message.includes(part))
      return told ? [] : [String(error)]
    }
  })
}

test('bad input: Input says what is wrong with its options', () => {
  const input = (options: unknown) => () => call(Input, [options])
  const found = complaints([
    [input(undefined), 'input', 'expected options in an object', 'got undefined'],
    [input(3), 'input', 'expected options in an object', 'got 3'],
    [input({}), 'input', 'expected a shape'],
    [input({ shape: 4 }), 'input', 'expected a shape', 'got 4'],
    [input({ shape: [0] }), 'input', 'expected every size of shape', 'got 0'],
    [input({ shape: [4], batchSize: 1.5 }), 'input', 'expected batchSize', 'got 1.5'],
    [input({ shape: [4], dtype: 'f33' }), 'input', 'expected dtype', "got 'f33'"],
    [input({ shape: [4], name: 3 }), 'input', 'expected name', 'got 3'],
    [input({ shape: [4], shap: [4] }), 'input', "got 'shap'", "Did you mean 'shape'?"],
    [() => construct(layers.InputLayer, [undefined]), 'input_layer', 'expected options in an object'],
    [() => construct(layers.InputLayer, [{ shape: [4], batchSiz: 2 }]), 'input_layer', "Did you mean 'batchSize'?"],
  ])
  assert.deepEqual(found, [])
})

test('bad input: models say what is wrong with their options', () => {
  const x = Input({ shape: [4] })
  const outputs = layers.dense({ units: 2 })(x)
  const found = complaints([
    [() => construct(Sequential, [3]), 'sequential', 'expected layers to be a list', 'got 3'],
    [() => construct(Sequential, [[3]]), 'sequential', 'expected every layer', 'got 3'],
    [() => construct(Sequential, [[], null]), 'sequential', 'expected options in an object', 'got null'],
    [() => construct(Sequential, [[], { seed: 'a' }]), 'sequential', 'expected seed', "got 'a'"],
    [() => construct(Sequential, [[], { sed: 1 }]), 'sequential', "got 'sed'", "Did you mean 'seed'?"],
    [() => construct(Sequential, [[], { name: 3 }]), 'sequential', 'expected name', 'got 3'],
    [() => construct(Model, [{ inputs: x }]), 'functional', 'expected both inputs and outputs', 'got only inputs'],
    [() => construct(Model, [{ outputs }]), 'model', 'expected both inputs and outputs', 'got only outputs'],
    [() => construct(Model, [{ inputs: zeros([1, 4]), outputs: zeros([1, 4]) }]), 'functional', 'expected inputs that Input or a layer has made'],
    [() => construct(Model, [{ inputs: x, outputs, seed: Number.NaN }]), 'functional', 'expected seed', 'got NaN'],
    [() => construct(Model, [{ inputs: x, outputs, otputs: 1 }]), 'functional', "got 'otputs'", "Did you mean 'outputs'?"],
  ])
  assert.deepEqual(found, [])
})
