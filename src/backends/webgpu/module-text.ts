// From a pass of a kernel to a whole WGSL module: bindings, the accessors that the pass calls, and the entry point that numbers its workgroups.

import { byteSize, type DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { GpuPass } from './gpu-kernel.ts'

/** How a module reaches a value: which binding, and whether it begins elsewhere than at the binding's start. */
export interface ValueAccess {
  readonly dtype: DType
  readonly binding: number
  /** Position in the frame of where it begins, in elements; absent where that is always 0. */
  readonly base: number | undefined
  readonly isWritten: boolean
  /** Where one binding does not show it: how many do, from `binding` on, and how many words each of them but the last shows. */
  readonly split: { readonly windows: number; readonly words: number } | undefined
}

export interface ModuleLayout {
  /** The values of the kernel's buffers, in their order. */
  readonly values: readonly ValueAccess[]
  /** The scratch memory, in words. */
  readonly scratch: ValueAccess | undefined
  readonly bindings: number
  /** Position in the frame of each variable of the kernel. */
  readonly dims: readonly number[]
  readonly frameWords: number
}

/** Position in the frame of the number of workgroups. */
export const groupsPosition = 0

const isNarrow = (dtype: DType): boolean => byteSize(dtype) < 4

const bindingsOf = ({ binding, split }: ValueAccess): number[] => Array.from({ length: split?.windows ?? 1 }, (_, i) => binding + i)

/** The module of a pass. */
export function moduleText(pass: GpuPass, layout: ModuleLayout, prelude: string): string {
  const atomic = new Set(layout.values.filter((v) => v.isWritten && isNarrow(v.dtype)).flatMap(bindingsOf))
  const access = (v: ValueAccess): Accessors => new Accessors(v, atomic.has(v.binding))
  const parts: string[] = []
  const features = new Set(pass.features ?? [])
  if (features.has('shader-f16')) parts.push('enable f16;')
  if (features.has('subgroups')) parts.push('enable subgroups;')
  for (let i = 0; i < layout.bindings; i++) {
    parts.push(`@group(0) @binding(${i}) var<storage, read_write> memory${i}: array<${atomic.has(i) ? 'atomic<u32>' : 'u32'}>;`)
  }
  parts.push(`@group(1) @binding(0) var<uniform> frame: array<vec4<i32>, ${Math.ceil(layout.frameWords / 4)}>;`)
  layout.values.forEach((value, i) => {
    const { type, read, write } = access(value)
    parts.push(`fn get${i}(i: i32) -> ${type} { ${read} }`)
    if (value.isWritten) parts.push(`fn set${i}(i: i32, bits: ${type}) { ${write} }`)
  })
  if (layout.scratch !== undefined) {
    const { read, write } = access(layout.scratch)
    parts.push(`fn getScratch(i: i32) -> u32 { ${read} }`, `fn setScratch(i: i32, bits: u32) { ${write} }`)
  }
  layout.dims.forEach((position, i) => {
    parts.push(`fn dim${i}() -> i32 { return ${frameWord(position)}; }`)
  })
  if (pass.body.includes('constant(')) parts.push(constantFunction)
  parts.push(prelude, pass.body, features.has('subgroups') ? subgroupEntryPoint(pass.threads) : entryPoint(pass.threads))
  return parts.filter((part) => part !== '').join('\n')
}

const frameWord = (position: number): string => `frame[${position >> 2}].${'xyzw'.charAt(position & 3)}`

/** The number of workgroups is positive, which the compiler cannot know. */
const constantFunction = `fn constant(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ (u32(${frameWord(groupsPosition)}) >> 31u)); }`

const entryParameters =
  '@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) thread: u32'

/** A dispatch has three dimensions of limited size: workgroups are numbered over them, and those beyond the count do nothing. */
const numberedGroup = 'let group = i32(id.x + count.x * (id.y + count.y * id.z));'
const isCounted = `group < ${frameWord(groupsPosition)}`

function entryPoint(threads: number): string {
  return `@compute @workgroup_size(${threads})
fn main(${entryParameters}) {
  ${numberedGroup}
  if (${isCounted}) { kernel(group, i32(thread)); }
}`
}

/** WGSL does not say which invocations are one subgroup, nor in what order: subgroups take numbers as they come. */
function subgroupEntryPoint(threads: number): string {
  return `var<workgroup> taken: atomic<u32>;
@compute @workgroup_size(${threads})
fn main(${entryParameters}, @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) lanes: u32) {
  ${numberedGroup}
  if (${isCounted}) {
    if (thread == 0u) { atomicStore(&taken, 0u); }
    workgroupBarrier();
    var first = 0u;
    if (lane == 0u) { first = atomicAdd(&taken, lanes); }
    kernel(group, i32(subgroupBroadcastFirst(first) + lane), i32(lane), i32(lanes));
  }
}`
}

/** Statements about one word, or two, of a binding; `index` is the text of the word's position in it. */
type Statements = (memory: string, index: string) => string

/** The bodies of `get` and `set` of one value. */
class Accessors {
  readonly type: string
  readonly read: string
  readonly write: string
  private readonly value: ValueAccess

  constructor(value: ValueAccess, isAtomic: boolean) {
    this.value = value
    const { dtype, base, split } = value
    const at = base === undefined ? 'i' : `(i + ${frameWord(base)})`
    const word = (memory: string, index: string): string => (isAtomic ? `atomicLoad(&${memory}[${index}])` : `${memory}[${index}]`)
    const store = (memory: string, index: string, bits: string): string =>
      isAtomic ? `atomicStore(&${memory}[${index}], ${bits});` : `${memory}[${index}] = ${bits};`
    const size = byteSize(dtype)
    if (dtype === 'f64') throw new DeviceError('webgpu: expected dtypes that WGSL can hold, got f64. Report this graph.')
    if (size === 8) {
      this.type = 'vec2<u32>'
      const first = split === undefined ? `let w = 2 * ${at};` : `let w = 2u * u32(${at});`
      this.read = `${first} ${this.inWindow('w', (m, w) => `return vec2<u32>(${word(m, w)}, ${word(m, `${w} + 1`)});`)}`
      this.write = `${first} ${this.inWindow('w', (m, w) => `${store(m, w, 'bits.x')} ${store(m, `${w} + 1`, 'bits.y')}`)}`
      return
    }
    this.type = 'u32'
    if (size === 4) {
      const position = split === undefined ? at : `u32(${at})`
      this.read = this.inWindow(position, (m, w) => `return ${word(m, w)};`)
      this.write = this.inWindow(position, (m, w) => store(m, w, 'bits'))
      return
    }
    const [indexBits, mask] = size === 2 ? [1, '0xffffu'] : [2, '0xffu']
    const lane = `let e = u32(${at}); let w = e >> ${indexBits}u; let s = (e & ${(1 << indexBits) - 1}u) * ${8 * size}u;`
    this.read = `${lane} ${this.inWindow('w', (m, w) => `return (${word(m, w)} >> s) & ${mask};`)}`
    // Only this element's bits are changed, and nobody else changes them meanwhile: the difference can be applied without a loop.
    this.write = `${lane} ${this.inWindow('w', (m, w) => `let old = atomicLoad(&${m}[${w}]); atomicXor(&${m}[${w}], (((old >> s) ^ bits) & ${mask}) << s);`)}`
  }

  /** Statements about the word at `position`, in the window that shows it. Numbers of 64 bits never lie in two. */
  private inWindow(position: string, statements: Statements): string {
    const { binding, split } = this.value
    if (split === undefined) return statements(`memory${binding}`, position)
    const { windows, words } = split
    const branches = Array.from({ length: windows }, (_, i) => {
      const text = `{ ${statements(`memory${binding + i}`, i === 0 ? position : `${position} - ${i * words}u`)} }`
      return i < windows - 1 ? `if (${position} < ${(i + 1) * words}u) ${text}` : text
    })
    return branches.join(' else ')
  }
}
