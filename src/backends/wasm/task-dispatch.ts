// How threads share a phase, as functions of each module. Whoever runs the program describes the phase in the control block, opens it under a
// new ticket, wakes the others, takes tasks itself and waits for the last one to be finished.
//
// A thread takes a task by exchanging the ticket it has read for the next one. It succeeds only if the ticket is still the same, so what it
// has read of the phase in between belongs to that task, however long it was away. While the description changes the ticket is closed.

import { control, tableHeader } from './control-block.ts'
import { add, atomic, type FunctionBuilder, i32, i64, load, mul, op, smaller, sub, type Value } from './function-builder.ts'
import { phaseType } from './indirect-types.ts'
import type { ModuleBuilder } from './module-builder.ts'

const taskBits = 24
const taskMask = 2 ** taskBits - 1

/** Looks for the last tasks before the calling thread waits: some tens of microseconds. */
const spins = 4000
/** Looks between two calls of `stalled`, where the thread may not wait. */
const spinsToStalled = 2 ** 20
/** Nanoseconds of waiting between two calls of `stalled`. */
const waitNanoseconds = 200_000_000n

const atomicLoad = (block: Value, offset: number): Value => atomic('i32.atomic.load', block, [], offset)

/**
 * Runs a phase on all threads. Parameters: the program's table, place of the phase in the module's table, items, items of a task.
 */
export function dispatchFunction(module: ModuleBuilder): FunctionBuilder {
  return module.shared('dispatch', [module.address, 'i32', 'i32', 'i32'], [], (fn, table, phase, items, grain) => {
    const word = (offset: number): Value => load('i32.load', table, offset)
    const address = (offset: number): Value => module.loadAddress(table, offset)
    const alone = (): void => fn.callIndirect(phaseType.at, phase, [address(tableHeader.arguments), i32(0), items, address(tableHeader.own)])
    if (!module.threads) {
      alone()
      return undefined
    }
    const block = fn.let(address(tableHeader.control))
    const isAlone = op('i32.or', op(`${module.address}.eqz`, block), op('i32.le_s', items, grain))
    const tasks = fn.variable(i32(1))
    fn.if(op('i32.eqz', isAlone), () => fn.set(tasks, add(op('i32.div_u', sub(items, 1), grain), 1)))
    fn.if(op('i32.or', op('i32.lt_s', tasks, i32(2)), op('i32.ge_s', tasks, i32(taskMask / 2))), () => {
      alone()
      fn.leaveFunction()
    })
    const set = (offset: number, value: Value): void => fn.store('i32.atomic.store', block, value, offset)
    const generation = fn.let(op('i64.shr_u', atomic('i64.atomic.load', block, [], control.ticket), i64(taskBits)))
    const next = fn.let(op('i64.shl', op('i64.add', generation, i64(1)), i64(taskBits)))
    fn.store('i64.atomic.store', block, op('i64.or', next, i64(taskMask)), control.ticket)
    set(control.program, word(tableHeader.program))
    fn.store(`${module.address}.atomic.store`, block, table, control.table)
    set(control.phase, phase)
    set(control.items, items)
    set(control.grain, grain)
    set(control.tasks, tasks)
    set(control.done, i32(0))
    set(control.waiting, i32(0))
    fn.store('i64.atomic.store', block, next, control.ticket)
    fn.drop(atomic('i32.atomic.add', block, [i32(1)], control.signal))
    fn.if(atomicLoad(block, control.sleeping), () => {
      fn.drop(atomic('memory.atomic.notify', block, [sub(tasks, 1)], control.signal))
    })
    fn.call(helpFunction(module), [block, i32(0), word(tableHeader.program)])
    awaitTasks(module, fn, block, tasks, word(tableHeader.mayWait))
    return undefined
  })
}

/** Waits until all tasks are finished; `stalled` decides for how long, and throws where one has failed. */
function awaitTasks(module: ModuleBuilder, fn: FunctionBuilder, block: Value, tasks: Value, mayWait: Value): void {
  const done = fn.variable(i32(0))
  const looks = fn.variable(i32(0))
  fn.while(
    () => {
      fn.set(done, atomicLoad(block, control.done))
      return op('i32.lt_s', done, tasks)
    },
    () => {
      fn.set(looks, add(looks, 1))
      const isPatient = op('i32.and', op('i32.ge_s', looks, i32(spins)), op('i32.ne', mayWait, i32(0)))
      fn.if(isPatient, () => {
        fn.store('i32.atomic.store', block, i32(1), control.waiting)
        const outcome = atomic('memory.atomic.wait32', block, [done, i64(waitNanoseconds)], control.done)
        fn.if(op('i32.eq', outcome, i32(2)), () => fn.call(module.stalled, [done]))
      })
      fn.if(op('i32.eqz', op('i32.and', looks, i32(spinsToStalled - 1))), () => fn.call(module.stalled, [done]))
    },
  )
  fn.if(atomicLoad(block, control.failed), () => fn.call(module.stalled, [i32(-1)]))
}

/** Takes a program's run-time sizes from its table. Parameter: the table. The body is stated when all sizes are known. */
export function sizesFunction(module: ModuleBuilder): FunctionBuilder {
  return module.shared('sizes', [module.address], [], () => undefined)
}

/**
 * Takes tasks of a program until there are none. Parameters: control block, the thread's number, the program's number.
 */
export function helpFunction(module: ModuleBuilder): FunctionBuilder {
  return module.shared('help', [module.address, 'i32', 'i32'], [], (fn, block, thread, program) => {
    const ticket = fn.variable(i64(0))
    fn.while(
      () => {
        fn.set(ticket, atomic('i64.atomic.load', block, [], control.ticket))
        const task = op('i32.wrap_i64', op('i64.and', ticket, i64(taskMask)))
        const isOpen = op('i32.lt_u', task, atomicLoad(block, control.tasks))
        return op('i32.and', isOpen, op('i32.eq', program, atomicLoad(block, control.program)))
      },
      () => {
        const table = fn.let(atomic(`${module.address}.atomic.load`, block, [], control.table))
        const taken = atomic('i64.atomic.cmpxchg', block, [ticket, op('i64.add', ticket, i64(1))], control.ticket)
        fn.if(op('i64.eq', taken, ticket), () => {
          const grain = fn.let(atomicLoad(block, control.grain))
          const from = fn.let(mul(op('i32.wrap_i64', op('i64.and', ticket, i64(taskMask))), grain))
          const items = fn.let(atomicLoad(block, control.items))
          const own = add(module.loadAddress(table, tableHeader.own), mul(thread, load('i32.load', table, tableHeader.stride)))
          fn.call(sizesFunction(module), [table])
          fn.callIndirect(phaseType.at, atomicLoad(block, control.phase), [
            module.loadAddress(table, tableHeader.arguments),
            from,
            smaller(add(from, grain), items),
            own,
          ])
          const finished = add(atomic('i32.atomic.add', block, [i32(1)], control.done), 1)
          fn.if(op('i32.and', op('i32.eq', finished, atomicLoad(block, control.tasks)), atomicLoad(block, control.waiting)), () => {
            fn.drop(atomic('memory.atomic.notify', block, [i32(1)], control.done))
          })
        })
      },
    )
    return undefined
  })
}
