import { GpuGuard, type GpuGuardOptions } from '../../src/study/gpu-guard.js';
import type { GpuMemory } from '../../src/study/gpu-ledger.js';
import { type FakeProcess, fakeProcess, GpuMachine, granted, hello, mebibyte } from './gpu-machine.js';

export const limitMebibytes = 6000;
/** Of a first process, whose overhead is a guess. */
export const firstPool = limitMebibytes - 1536 - 128;

/** A guard over a GPU of which a test says what happens on it. */
export function guarded(changes: Partial<GpuGuardOptions> = {}) {
  const machine = new GpuMachine();
  const told: string[] = [];
  const notes: GpuMemory[] = [];
  const guard = new GpuGuard({
    limitBytes: limitMebibytes * mebibyte,
    clock: machine.clock,
    read: machine.read,
    visibleDevices: undefined,
    tell: (message) => told.push(message),
    note: (memory) => notes.push(memory),
    ...changes,
  });
  /** Starts a process as the executor does; it takes a context at once. */
  const start = async (pid: number, contextMebibytes = 300): Promise<FakeProcess> => {
    await guard.admit();
    const process = fakeProcess(machine, pid);
    guard.started(process);
    machine.processes.set(pid, contextMebibytes);
    return process;
  };
  /** Starts one whose engine finds the GPU with the pool that it was given. */
  const run = async (pid: number, pool = firstPool - 300): Promise<FakeProcess> => {
    const process = await start(pid);
    process.say(granted(pool));
    guard.heard(process, hello('native-gpu', true));
    return process;
  };
  return { guard, machine, told, notes, start, run };
}
