import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExecutorEvent } from '../../src/executor/executor.js';
import { LocalExecutor } from '../../src/executor/local.js';
import { plainSurroundings, type RunningProcess, type Surroundings } from '../../src/executor/surroundings.js';
import { systemClock } from '../../src/study/clock.js';
import { collect, fake, folders, rung } from './contract.js';

function surrounded(changes: Partial<Surroundings>, clock = systemClock({ startedAtEpochSeconds: Date.now() / 1000 })) {
  const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
  folders.push(logs);
  const surroundings = { ...plainSurroundings(process.env), ...changes };
  const command = [process.execPath, fake];
  const harness = collect(
    (listener) => new LocalExecutor({ slots: 2, command, logs, clock, listener, surroundings }),
    clock.nowSeconds,
  );
  return { harness, logs };
}

function resultOf(event: ExecutorEvent) {
  if (event.type === 'message' && event.message.type === 'rung-result') return event.message;
  throw new Error(`expected a result, got ${JSON.stringify(event)}`);
}

/** An environment that tells the threads it is for, as the study's own does. */
const forThreads: Pick<Surroundings, 'admit'> = {
  admit: async ({ threads }) => ({ ...process.env, HYPERBUDGET_THREADS: String(threads) }),
};

describe('a trial process', () => {
  it('is started with the environment of its assignment, and replaced for one with other threads', async () => {
    const { harness } = surrounded(forThreads);
    const seen: { readonly pid: number; readonly threads: number }[] = [];
    for (const threads of [1, 1, 4, 4, 1]) {
      harness.executor.start(0, { ...rung(harness, 'ok'), threads });
      const { parameters: pid, images } = resultOf(await harness.ended(0));
      seen.push({ pid, threads: images });
    }
    expect(seen.map(({ threads }) => threads)).toEqual([1, 1, 4, 4, 1]);
    const [first, second, third, fourth, fifth] = seen.map(({ pid }) => pid);
    expect([second, fourth]).toEqual([first, third]);
    expect(new Set([first, third, fifth]).size).toBe(3);
  });

  it('is not kept beside one with other threads, unless it is at work', async () => {
    const ended: (number | undefined)[] = [];
    let tell: () => void = () => undefined;
    const oneEnded = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const { harness } = surrounded({
      ...forThreads,
      ended: ({ pid }) => {
        ended.push(pid);
        tell();
      },
    });
    harness.executor.start(1, rung(harness, 'ok'));
    const { parameters: idle } = resultOf(await harness.ended(1));
    harness.executor.start(0, { ...rung(harness, 'ok'), threads: 4 });
    await harness.ended(0);
    await oneEnded;
    expect(ended).toEqual([idle]);
    harness.executor.start(0, { ...rung(harness, 'silence'), threads: 4 });
    harness.executor.start(1, rung(harness, 'ok'));
    await harness.ended(1);
    expect(ended).toEqual([idle]);
  });

  it('starts once it is admitted, and its clock begins then', async () => {
    let admit: (env: NodeJS.ProcessEnv) => void = () => undefined;
    let now = 100;
    const clock = { ...systemClock({ startedAtEpochSeconds: 0 }), nowSeconds: () => now, at: () => () => undefined };
    const admitted = new Promise<NodeJS.ProcessEnv>((resolve) => {
      admit = resolve;
    });
    const { harness } = surrounded({ admit: () => admitted }, clock);
    harness.executor.start(0, rung(harness, 'ok'));
    now = 130;
    admit(process.env);
    expect(resultOf(await harness.ended(0)).wallSeconds).toBe(130);
  });

  it('that may not start ends its assignment with the reason, and the slot takes the next', async () => {
    let refused = 0;
    const { harness } = surrounded({
      admit: async () => {
        if (refused++ === 0) throw new Error('the device is taken');
        return process.env;
      },
    });
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'crash', message: 'the device is taken' });
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'message' });
  });

  it.each([
    ['is stopped', 1000, 'interrupted'],
    ['runs out of time', 0.05, 'interrupted'],
  ] as const)('whose assignment %s while it waits is never started', async (what, killAfterSeconds, reason) => {
    const admissions: ((env: NodeJS.ProcessEnv) => void)[] = [];
    const started: RunningProcess[] = [];
    const { harness } = surrounded({
      admit: () => new Promise((resolve) => admissions.push(resolve)),
      started: (process) => started.push(process),
    });
    harness.executor.start(0, rung(harness, 'ok', killAfterSeconds));
    if (what === 'is stopped') harness.executor.stop();
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason });
    harness.executor.start(0, rung(harness, 'ok'));
    for (const admit of admissions) admit(process.env);
    expect(await harness.ended(0)).toMatchObject({ type: 'message' });
    expect(started).toHaveLength(1);
  });

  it('is heard by what surrounds it first, and by nobody else once that has stopped it', async () => {
    const heard: string[] = [];
    const { harness } = surrounded({
      heard: (process, message) => {
        heard.push(message.type);
        if (message.type === 'memory-estimate') process.stop('error', 'it plans too much');
      },
    });
    harness.executor.start(0, rung(harness, 'announce'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'error', message: 'it plans too much' });
    expect(heard).toEqual(['hello', 'memory-estimate']);
  });

  it('is known by its number and its own part of the log, and its end is told, also after it was replaced', async () => {
    const started: RunningProcess[] = [];
    const ended: RunningProcess[] = [];
    let tell: () => void = () => undefined;
    const bothEnded = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const { harness, logs } = surrounded({
      ...forThreads,
      started: (process) => started.push(process),
      ended: (process) => {
        if (ended.push(process) === 2) tell();
      },
    });
    writeFileSync(join(logs, 'slot-0-1.log'), 'of an earlier study\n');
    harness.executor.start(0, rung(harness, 'ok'));
    const { parameters } = resultOf(await harness.ended(0));
    expect(started).toMatchObject([{ pid: parameters, log: join(logs, 'slot-0-1.log'), logOffset: 20 }]);
    harness.executor.start(0, { ...rung(harness, 'crash'), threads: 2 });
    await harness.ended(0);
    await bothEnded;
    expect(new Set(ended)).toEqual(new Set(started));
  });
});
