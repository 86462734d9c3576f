import { mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock, ExecutorEvent } from '../../src/executor/executor.js';
import { LocalExecutor, type LocalExecutorOptions } from '../../src/executor/local.js';
import { plainSurroundings, type RunningProcess } from '../../src/executor/surroundings.js';
import { systemClock } from '../../src/study/clock.js';
import { collect, fake, folders, type Harness, itHoldsTheContract, local, rung } from './contract.js';
import { manualClock } from './manual-clock.js';

const surroundings = plainSurroundings(process.env);

/** A local executor of one slot with options of its own. */
function localWith(
  options: Partial<LocalExecutorOptions>,
  clock = systemClock({ startedAtEpochSeconds: Date.now() / 1000 }),
): Harness {
  const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
  folders.push(logs);
  const command = [process.execPath, fake];
  return collect(
    (listener) =>
      new LocalExecutor({
        ...{ slots: 1, command, logs, clock, surroundings, ...options },
        listener: (event) => {
          options.listener?.(event);
          listener(event);
        },
      }),
    clock.nowSeconds,
  );
}

/** An executor of one slot that tells its first heartbeat and which processes it starts. */
function watched(env: NodeJS.ProcessEnv, clock: Clock, shares = false) {
  let heard: () => void = () => undefined;
  const heartbeat = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const started: RunningProcess[] = [];
  const harness = localWith(
    {
      surroundings: {
        ...plainSurroundings({ ...process.env, ...env }),
        shares: () => shares,
        started: (running) => started.push(running),
      },
      listener: (event) => {
        if (event.type === 'message' && event.message.type === 'heartbeat') heard();
      },
    },
    clock,
  );
  return { harness, heartbeat, started };
}

describe('local processes', () => {
  itHoldsTheContract(local);

  const pidOf = (event: ExecutorEvent) =>
    event.type === 'message' && event.message.type === 'rung-result' ? event.message.parameters : Number.NaN;

  it('keeps a process for the next assignment and replaces one whose memory grew', async () => {
    const harness = local();
    const pids: number[] = [];
    for (const kind of ['ok', 'grow', 'ok']) {
      harness.executor.start(0, rung(harness, kind));
      pids.push(pidOf(await harness.ended(0)));
    }
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[1]);
  });

  it('gives a process its time once more when this process was held up itself', async () => {
    const { clock, goTo } = manualClock();
    const { harness, heartbeat } = watched({}, clock);
    harness.executor.start(0, { ...rung(harness, 'hang'), killAtSeconds: 1000 });
    const end = harness.ended(0);
    await heartbeat;
    goTo(300);
    await new Promise(setImmediate);
    goTo(309);
    await new Promise(setImmediate);
    // Had it been judged at 300, its end would say so by now.
    expect(await Promise.race([end, new Promise((resolve) => setImmediate(() => resolve('none')))])).toBe('none');
    goTo(310);
    expect(await end).toMatchObject({ type: 'ended', reason: 'hang' });
  });

  it('does not take a process without work for one that hangs, though its heart has beaten since', async () => {
    const { clock, goTo } = manualClock();
    const { harness, heartbeat } = watched({}, clock);
    const pids: number[] = [];
    for (const kind of ['restless', 'ok']) {
      harness.executor.start(0, { ...rung(harness, kind), killAtSeconds: 1000 });
      pids.push(pidOf(await harness.ended(0)));
      await heartbeat;
      // Of one at work the next sign would be due.
      goTo(10);
      await new Promise(setImmediate);
    }
    expect(pids[0]).toBeGreaterThan(0);
    expect(pids[1]).toBe(pids[0]);
  });

  it('keeps a process that holds no more than one of its threads may', async () => {
    const clock = systemClock({ startedAtEpochSeconds: Date.now() / 1000 });
    const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(logs);
    const command = [process.execPath, fake];
    const recycleBytes = (threads: number) => (threads === 4 ? 1e12 : 1e11);
    const harness = collect(
      (listener) => new LocalExecutor({ slots: 1, command, logs, clock, listener, surroundings, recycleBytes }),
      clock.nowSeconds,
    );
    const pids: number[] = [];
    for (const threads of [4, 4, 1, 1]) {
      harness.executor.start(0, { ...rung(harness, 'grow'), threads });
      pids.push(pidOf(await harness.ended(0)));
    }
    expect(pids[1]).toBe(pids[0]);
    expect(pids[3]).not.toBe(pids[2]);
  });

  it('names the signal of a native abort and the log', async () => {
    const harness = local();
    harness.executor.start(0, rung(harness, 'abort'));
    const event = await harness.ended(0);
    expect(event).toMatchObject({ type: 'ended', reason: 'crash', message: 'the process was ended by SIGABRT' });
    expect(event.type === 'ended' && event.log).toMatch(/slot-0-1\.log$/);
  });

  it.each([
    ['before', 'crash'],
    ['during', 'out-of-memory'],
  ])("takes a kill for the kernel's by the kernel's kills during the assignment: %s", async (when, reason) => {
    let kills = 0;
    const pids: (number | undefined)[] = [];
    const started = (running: RunningProcess) => pids.push(running.pid);
    const harness = localWith({ kernelKills: () => kills, surroundings: { ...surroundings, started } });
    harness.executor.start(0, rung(harness, 'ok'));
    await harness.ended(0);
    if (when === 'before') kills++;
    harness.executor.start(0, rung(harness, 'killed'));
    if (when === 'during') kills++;
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason });
    expect(pids).toHaveLength(1);
  });

  it('takes an abort for want of memory as such, by its log', async () => {
    const harness = local();
    harness.executor.start(0, rung(harness, 'bad-alloc'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'out-of-memory' });
  });

  it('ends a process that holds more memory than its share', async () => {
    const harness = localWith({ memoryLimitBytes: (threads) => threads * 2 ** 30 });
    harness.executor.start(0, rung(harness, 'swell'));
    expect(await harness.ended(0)).toMatchObject({
      type: 'ended',
      reason: 'out-of-memory',
      message: 'it held 953674 MiB of memory, more than the 1024 MiB that are its share',
    });
  });

  it('uses a slot again while the process before does not want to end', async () => {
    const { clock, goTo } = manualClock();
    const { harness, heartbeat } = watched({}, clock);
    harness.executor.start(0, { ...rung(harness, 'stubborn'), killAtSeconds: 1000 });
    await heartbeat;
    goTo(11);
    expect(await harness.ended(0)).toMatchObject({ reason: 'hang' });
    // The clock stands still: nothing has been killed yet.
    harness.executor.start(0, { ...rung(harness, 'ok'), killAtSeconds: 1000 });
    expect(await harness.ended(0)).toMatchObject({ message: { type: 'rung-result' } });
  });

  it('starts nothing on a device that only one may use before the process before is gone', async () => {
    const { clock, goTo } = manualClock();
    const { harness, heartbeat, started } = watched({ HYPERBUDGET_FAKES: 'greedy' }, clock);
    harness.executor.start(0, { ...rung(harness, 'stubborn'), killAtSeconds: 1000 });
    await heartbeat;
    goTo(11);
    expect(await harness.ended(0)).toMatchObject({ reason: 'hang' });
    harness.executor.start(0, { ...rung(harness, 'ok'), killAtSeconds: 1000 });
    await new Promise(setImmediate);
    expect(started).toHaveLength(1);
    goTo(12);
    expect(await harness.ended(0)).toMatchObject({ message: { type: 'rung-result' } });
    expect(started).toHaveLength(2);
  });

  it('waits for no process that is to end where the next one is known to share its device', async () => {
    const { clock, goTo } = manualClock();
    // One that has said nothing so far may hold a device as well as one that has said so.
    const { harness, heartbeat, started } = watched({ HYPERBUDGET_FAKES: 'greedy' }, clock, true);
    harness.executor.start(0, { ...rung(harness, 'stubborn'), killAtSeconds: 1000 });
    await heartbeat;
    goTo(11);
    expect(await harness.ended(0)).toMatchObject({ reason: 'hang' });
    harness.executor.start(0, { ...rung(harness, 'ok'), killAtSeconds: 1000 });
    expect(await harness.ended(0)).toMatchObject({ message: { type: 'rung-result' } });
    expect(started).toHaveLength(2);
  });

  it('interrupts an assignment whose time ends before a process could be started for it', async () => {
    const { clock, goTo } = manualClock();
    const harness = localWith({ surroundings: { ...surroundings, admit: () => new Promise(() => undefined) } }, clock);
    harness.executor.start(0, { ...rung(harness, 'ok'), killAtSeconds: 20 });
    goTo(20);
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'interrupted' });
  });

  it('hears the last words of a process that exits with them', async () => {
    const harness = local();
    for (let round = 0; round < 5; round++) {
      harness.executor.start(0, rung(harness, 'last-words'));
      expect(await harness.ended(0)).toMatchObject({
        type: 'ended',
        reason: 'out-of-memory',
        message: 'all of it is taken',
      });
    }
  });

  it('ends a process that sends what is no message', async () => {
    const harness = local();
    harness.executor.start(0, rung(harness, 'nonsense'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'protocol' });
  });

  it('says once that processes run without a log, and lets them run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(folder);
    writeFileSync(join(folder, 'logs'), '');
    const told: string[] = [];
    const harness = localWith({ slots: 2, logs: join(folder, 'logs'), tell: (message) => told.push(message) });
    for (const slot of [0, 1]) harness.executor.start(slot, rung(harness, 'ok'));
    for (const slot of [0, 1]) expect(await harness.ended(slot)).toMatchObject({ type: 'message' });
    expect(told).toEqual([expect.stringMatching(/^trials run without a log: .*logs/)]);
  });

  it('tells a program that cannot be started', async () => {
    const clock = systemClock({ startedAtEpochSeconds: Date.now() / 1000 });
    const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(logs);
    const harness = collect(
      (listener) => new LocalExecutor({ slots: 1, command: ['/no/such/program'], logs, clock, listener, surroundings }),
      clock.nowSeconds,
    );
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'crash' });
  });

  it('tries a process again that could not be started, and keeps no file open for it', async () => {
    const harness = localWith({ command: ['no\0program'] });
    const isOpen = () => readdirSync('/proc/self/fd').some((name) => linkOf(name).endsWith('slot-0-1.log'));
    const linkOf = (name: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return '';
      }
    };
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'crash' });
    if (process.platform === 'linux') expect(isOpen()).toBe(false);
  });

  it.each([
    ['60 s by default', {}, 60],
    ['as long as it is given', { startTimeoutSeconds: 7 }, 7],
  ])('waits for the first word of a process %s', async (_, options, seconds) => {
    const { clock, goTo } = manualClock();
    const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(logs);
    let tell: () => void = () => undefined;
    const isStarted = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const own = { ...surroundings, started: () => tell() };
    const command = [process.execPath, '-e', 'setInterval(() => 0, 1000)'];
    const base = { slots: 1, command, logs, clock, surroundings: own, ...options };
    const ends: ExecutorEvent[] = [];
    const harness = collect(
      (listener) =>
        new LocalExecutor({
          ...base,
          listener: (event) => {
            ends.push(event);
            listener(event);
          },
        }),
      clock.nowSeconds,
    );
    harness.executor.start(0, { ...rung(harness, 'ok'), killAtSeconds: 1000 });
    await isStarted;
    await new Promise(setImmediate);
    goTo(seconds - 1);
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
    goTo(seconds);
    expect(await harness.ended(0)).toMatchObject({
      type: 'ended',
      reason: 'hang',
      message: `nothing was heard of it for ${seconds} s`,
    });
  });

  it('kills a process that is silent for longer than it announced', async () => {
    const { clock, goTo } = manualClock();
    const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(logs);
    const command = [process.execPath, fake];
    let heard: () => void = () => undefined;
    const heartbeat = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const harness = collect(
      (listener) =>
        new LocalExecutor({
          slots: 1,
          command,
          logs,
          clock,
          surroundings,
          listener: (event) => {
            if (event.type === 'message' && event.message.type === 'heartbeat') heard();
            listener(event);
          },
        }),
      clock.nowSeconds,
    );
    harness.executor.start(0, { ...rung(harness, 'hang'), killAtSeconds: 1000 });
    await heartbeat;
    goTo(11);
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'hang' });
  });
});
