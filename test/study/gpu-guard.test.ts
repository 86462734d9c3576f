import { describe, expect, it } from 'vitest';
import { releaseToleranceBytes } from '../../src/engine/gpu/pool.js';
import { fakeProcess, granted, hello, mebibyte } from './gpu-machine.js';
import { firstPool, guarded, limitMebibytes } from './guarded-gpu.js';

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
        /^error: the cap on GPU memory did not take: .* told to take 4336 MiB .* takes as much as 43000 MiB; with 1536 MiB beside that it is more than the 6000 MiB of the study/,
      ),
    ]);
  });

  it.each([
    ['up to the limit', limitMebibytes - 1536, 0],
    ['but not beyond it', limitMebibytes - 1536 + 1, 1],
  ])('may come out larger where memory came free at the last moment, %s', async (_, pool, stops) => {
    const { run } = guarded();
    expect((await run(7, pool)).stops).toHaveLength(stops);
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

  it.each([
    ['at once', 0],
    ['late', 1],
  ])('starts %s with a rest that is no more than what the limit bears, or 1 MiB more', async (_, more) => {
    const { guard, machine, run, told } = guarded();
    const rest = releaseToleranceBytes / mebibyte + more;
    const first = await run(7);
    machine.processes.set(7, 4000);
    await machine.pass(1);
    guard.ended(first);
    machine.processes.set(7, rest);
    const admission = guard.admit();
    await machine.pass(40);
    const pool = Number((await admission)?.['HYPERBUDGET_GPU_POOL_BYTES']) / mebibyte;
    expect(told.filter((message) => message.includes('were not free'))).toHaveLength(more);
    const next = fakeProcess(machine, 8);
    guard.started(next);
    // The rest has come free.
    next.say(granted(pool + rest));
    guard.heard(next, hello('native-gpu', true));
    expect(next.stops).toEqual([]);
  });

  it('may take what comes free after the patience is over', async () => {
    const { guard, machine, run, notes } = guarded();
    const first = await run(7);
    machine.processes.set(7, 1000);
    await machine.pass(1);
    guard.ended(first);
    const admission = guard.admit();
    await machine.pass(40);
    await admission;
    const next = fakeProcess(machine, 8);
    guard.started(next);
    machine.processes.clear();
    next.say(granted(firstPool));
    guard.heard(next, hello('native-gpu', true));
    expect(next.stops).toEqual([]);
    expect(notes.at(-1)?.poolBytes).toBe(firstPool * mebibyte);
  });

  it('is not given for its context what another program took once', async () => {
    const { guard, machine, run } = guarded();
    for (const [pid, taken] of [
      [7, 300],
      [8, 1300],
    ] as const) {
      const process = await run(pid, firstPool - taken);
      machine.processes.clear();
      guard.ended(process);
    }
    expect(await guard.admit()).toMatchObject({ TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(44_700 - 300 - firstPool) });
  });
});
