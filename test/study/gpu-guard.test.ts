import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GpuGuard, type GpuGuardOptions } from '../../src/study/gpu-guard.js';
import type { GpuMemory } from '../../src/study/gpu-ledger.js';
import type { TrialMessage } from '../../src/trial/protocol.js';
import { type FakeProcess, fakeProcess, GpuMachine, granted, grown, hello, mebibyte, settled } from './gpu-machine.js';

const limitMebibytes = 6000;
/** Of a first process, whose overhead is a guess. */
const firstPool = limitMebibytes - 1536 - 128;
const stopped: TrialMessage = { type: 'stopped' };

function guarded(changes: Partial<GpuGuardOptions> = {}) {
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

describe('the cap on GPU memory', () => {
  it('is asked for with a guess on the safe side for the first process', async () => {
    const { guard } = guarded();
    expect(await guard.admit()).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'GPU-a',
      HYPERBUDGET_GPU_POOL_BYTES: String(firstPool * mebibyte),
      TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(44_700 - firstPool),
    });
  });

  it('that took is told once', async () => {
    const { guard, run, told, machine } = guarded();
    const process = await run(7);
    expect(process.stops).toEqual([]);
    expect(told).toEqual([
      `GPU memory: TensorFlow's pool may grow to ${firstPool - 300} MiB, the whole study to 6000 MiB`,
    ]);
    machine.processes.clear();
    guard.ended(process);
    await run(8);
    expect(told).toHaveLength(1);
  });

  it('that TensorFlow did not heed stops the process at once', async () => {
    const { guard, start } = guarded();
    const process = await start(7);
    process.say(granted(43_000));
    guard.heard(process, hello('native-gpu', true));
    expect(process.stops).toEqual([
      expect.stringMatching(
        /^error: the cap on GPU memory did not take: .* told to take 4336 MiB .* takes as much as 43000 MiB/,
      ),
    ]);
  });

  it('that nothing is said of stops the process, too: it may not have taken', async () => {
    const { guard, start } = guarded();
    const process = await start(7);
    guard.heard(process, hello('native-gpu', true));
    expect(process.stops).toEqual([expect.stringMatching(/did not take: .* its log does not say how much/)]);
  });

  it('holds for an engine that has the GPU to itself, and is not looked after for one that does without', async () => {
    const { guard, start, machine, notes } = guarded();
    const process = await start(7);
    guard.heard(process, hello('native-cpu', false));
    const looks = machine.looks;
    await machine.pass(5);
    expect(machine.looks).toBe(looks);
    expect(process.stops).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('that leaves too little to train is refused in words', async () => {
    const { guard } = guarded({ limitBytes: 1000 * mebibyte });
    await expect(guard.admit()).rejects.toThrow(/--gpu-memory: expected at least 1920 MiB, got 1000 MiB/);
    await expect(guard.admit()).rejects.toThrow(/--gpu-memory/);
  });

  it("is nobody's concern without a GPU", async () => {
    expect(await guarded({ visibleDevices: '-1' }).guard.admit()).toBeNull();
    expect(await guarded({ read: async () => ({ gpus: [], processes: [] }) }).guard.admit()).toBeNull();
  });
});

describe('what lies beside the pool', () => {
  it('is measured on the first process, and the next one gets what the guess had kept back', async () => {
    const { guard, machine, run } = guarded();
    const process = await run(7);
    process.say(grown('1.00GiB'));
    machine.processes.set(7, 1024 + 500);
    await machine.pass(2);
    machine.processes.clear();
    guard.ended(process);
    const pool = limitMebibytes - 500 - 128;
    expect(await guard.admit()).toMatchObject({
      HYPERBUDGET_GPU_POOL_BYTES: String(pool * mebibyte),
      // The context of 300 MiB that the first process had taken before TensorFlow asked is allowed for.
      TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(44_700 - 300 - pool),
    });
  });

  it('is not confused with a pool that grows while nvidia-smi is asked', async () => {
    const machine = new GpuMachine();
    let process: FakeProcess | null = null;
    const { guard } = guarded({
      clock: machine.clock,
      read: async () => {
        const seen = await machine.read();
        process?.say(grown('3.00GiB'));
        return seen;
      },
    });
    await guard.admit();
    process = fakeProcess(machine, 7);
    guard.started(process);
    process.say(granted(firstPool));
    process.say(grown('1.00GiB'));
    guard.heard(process, hello('native-gpu', true));
    machine.processes.set(7, 3 * 1024 + 500);
    await machine.pass(1.5);
    process = null;
    await machine.pass(1);
    machine.processes.clear();
    await settled();
    guard.close();
    // 3.5 GiB less the 1 GiB of before would leave next to no pool.
    expect(await guard.admit()).toMatchObject({
      HYPERBUDGET_GPU_POOL_BYTES: String((limitMebibytes - 500 - 128) * mebibyte),
    });
  });

  it('counts for no more than the guess where others may be in the number', async () => {
    const { guard, machine, run } = guarded();
    machine.lists = false;
    const process = await run(7);
    process.say(grown('1.00GiB'));
    machine.processes.set(7, 1024 + 500);
    machine.othersMebibytes += 3000;
    await machine.pass(2);
    guard.ended(process);
    machine.processes.clear();
    machine.othersMebibytes = 300;
    expect(await guard.admit()).toMatchObject({ HYPERBUDGET_GPU_POOL_BYTES: String(firstPool * mebibyte) });
  });
});

describe('the next process', () => {
  it('starts only when the last one has ended and nvidia-smi shows its memory free', async () => {
    const { guard, machine, run, told } = guarded();
    const process = await run(7);
    machine.processes.set(7, 4000);
    await machine.pass(1);
    let isAdmitted = false;
    const admission = guard.admit().then(() => {
      isAdmitted = true;
    });
    await machine.pass(3);
    guard.ended(process);
    await machine.pass(3);
    expect(isAdmitted).toBe(false);
    machine.processes.clear();
    await machine.pass(1);
    await admission;
    expect(told).toHaveLength(1);
  });

  it('does without what is not given back, and that is told', async () => {
    const { guard, machine, run, told } = guarded();
    const process = await run(7);
    machine.processes.set(7, 1000);
    await machine.pass(1);
    guard.ended(process);
    const admission = guard.admit();
    await machine.pass(40);
    expect(await admission).toMatchObject({ HYPERBUDGET_GPU_POOL_BYTES: String((firstPool - 1000) * mebibyte) });
    expect(told.at(-1)).toMatch(/^1000 MiB of GPU memory were not free 30 s after the last trial process/);
  });
});

describe('the memory that is held', () => {
  it('is looked at every second, and noted at its highest beside what was planned and what TensorFlow took', async () => {
    const { guard, machine, run, notes } = guarded();
    const process = await run(7);
    guard.heard(process, { type: 'memory-estimate', bytes: 900 * mebibyte });
    for (const [used, pool] of [
      [1500, '1.00GiB'],
      [2524, '2.00GiB'],
      [2000, '2.00GiB'],
    ] as const) {
      process.say(grown(pool));
      machine.processes.set(7, used);
      await machine.pass(1);
    }
    guard.heard(process, stopped);
    expect(notes.at(-1)).toMatchObject({
      limitBytes: limitMebibytes * mebibyte,
      estimatedBytes: 900 * mebibyte,
      allocatedBytes: 2 ** 31,
      measuredBytes: 2524 * mebibyte,
    });
    expect(notes.length).toBeGreaterThan(2);
  });

  it('over the limit ends the process', async () => {
    const { machine, run } = guarded();
    const process = await run(7);
    machine.processes.set(7, 6001);
    await machine.pass(1);
    expect(process.stops).toEqual([
      'out-of-memory: it held 6001 MiB of GPU memory, more than the 6000 MiB of the study',
    ]);
  });

  it("over the limit is only told where it may be somebody else's", async () => {
    const { machine, run, told } = guarded();
    machine.lists = false;
    const process = await run(7);
    machine.othersMebibytes = 9000;
    await machine.pass(3);
    expect(process.stops).toEqual([]);
    expect(told.filter((message) => /or another program/.test(message))).toHaveLength(1);
  });

  it('that cannot be read is told, and looked for again', async () => {
    const machine = new GpuMachine();
    let fails = false;
    const { guard, told } = guarded({
      clock: machine.clock,
      read: async () => {
        if (fails) throw new Error('nvidia-smi: it did not answer');
        return machine.read();
      },
    });
    await guard.admit();
    const process = fakeProcess(machine, 7);
    guard.started(process);
    fails = true;
    await machine.pass(3);
    expect(told).toEqual(['GPU memory is not watched: nvidia-smi: it did not answer']);
    fails = false;
    machine.processes.set(7, 6500);
    await machine.pass(1);
    expect(process.stops).toHaveLength(1);
  });

  it('is told to be unknown where the log of the process is gone', async () => {
    const { guard, run, told } = guarded();
    const process = await run(7);
    rmSync(process.log);
    guard.ended(process);
    expect(told.at(-1)).toMatch(/^GPU memory is not watched: ENOENT/);
  });

  it('is not looked at once nobody holds any', async () => {
    const { guard, machine, run } = guarded();
    const process = await run(7);
    guard.ended(process);
    const { looks } = machine;
    await machine.pass(5);
    expect(machine.looks).toBe(looks);
  });
});
