import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TrialMessage } from '../../src/trial/protocol.js';
import { type FakeProcess, fakeProcess, GpuMachine, granted, grown, hello, mebibyte, settled } from './gpu-machine.js';
import { firstPool, guarded, limitMebibytes } from './guarded-gpu.js';

const stopped: TrialMessage = { type: 'stopped' };

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

  it('is not measured on a process whose memory is gone before its end is told', async () => {
    const { guard, machine, run } = guarded();
    const process = await run(7);
    process.say(grown('1.00GiB'));
    machine.processes.clear();
    await machine.pass(2);
    guard.ended(process);
    expect(await guard.admit()).toMatchObject({ HYPERBUDGET_GPU_POOL_BYTES: String(firstPool * mebibyte) });
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

  it('by a process whose size the driver does not tell is not judged by what others take', async () => {
    const { machine, run, told } = guarded();
    machine.tellsSizes = false;
    const process = await run(7);
    machine.othersMebibytes = 9000;
    await machine.pass(3);
    expect(process.stops).toEqual([]);
    expect(told.filter((message) => /or another program/.test(message))).toHaveLength(1);
  });

  it.each([
    ['the study is closed', 'close'],
    ['the process has ended', 'end'],
  ] as const)("and cannot be read once %s is nobody's concern", async (_, how) => {
    const machine = new GpuMachine();
    let fail: (error: Error) => void = () => undefined;
    let isSlow = false;
    const { guard, told } = guarded({
      clock: machine.clock,
      read: () =>
        isSlow
          ? new Promise((_resolve, reject) => {
              fail = reject;
            })
          : machine.read(),
    });
    await guard.admit();
    const process = fakeProcess(machine, 7);
    guard.started(process);
    isSlow = true;
    await machine.pass(1);
    if (how === 'close') guard.close();
    else guard.ended(process);
    fail(new Error('nvidia-smi: it did not answer'));
    await settled();
    expect(told).toEqual([]);
  });
});
