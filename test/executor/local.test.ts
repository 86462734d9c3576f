import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExecutorEvent } from '../../src/executor/executor.js';
import { LocalExecutor } from '../../src/executor/local.js';
import { plainSurroundings } from '../../src/executor/surroundings.js';
import { systemClock } from '../../src/study/clock.js';
import { collect, fake, folders, itHoldsTheContract, local, rung } from './contract.js';

const surroundings = plainSurroundings(process.env);

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

  it('keeps a process that holds no more than one of its threads may', async () => {
    const clock = systemClock(Date.now() / 1000);
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

  it('tells a program that cannot be started', async () => {
    const clock = systemClock(Date.now() / 1000);
    const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
    folders.push(logs);
    const harness = collect(
      (listener) => new LocalExecutor({ slots: 1, command: ['/no/such/program'], logs, clock, listener, surroundings }),
      clock.nowSeconds,
    );
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'crash' });
  });

  it('kills a process that is silent for longer than it announced', async () => {
    let now = 0;
    const appointments: { at: number; callback: () => void }[] = [];
    const clock = {
      nowSeconds: () => now,
      at: (at: number, callback: () => void) => {
        const own = { at, callback };
        appointments.push(own);
        return () => {
          own.callback = () => undefined;
        };
      },
    };
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
      () => now,
    );
    harness.executor.start(0, { ...rung(harness, 'hang'), killAtSeconds: 1000 });
    await heartbeat;
    now = 11;
    for (const { at, callback } of [...appointments]) if (at <= now) callback();
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'hang' });
  });
});
