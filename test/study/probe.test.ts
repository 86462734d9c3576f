import { describe, expect, it } from 'vitest';
import type { ExecutorEvent } from '../../src/executor/executor.js';
import { VirtualClock } from '../../src/executor/simulator.js';
import { probeEngine } from '../../src/study/probe.js';
import type { Assignment, TrialMessage } from '../../src/trial/protocol.js';

const hello: TrialMessage = {
  type: 'hello',
  protocol: 1,
  pid: 7,
  engine: 'fake',
  description: 'a test engine',
  precision: 'f32',
  precisions: [],
  exclusive: false,
  unavailable: [],
};
const rate = { trainImagesPerSecond: 50, replicas: 1, inferenceImagesPerSecond: 100, parameters: 10, macsPerImage: 10 };
const result: TrialMessage = { type: 'probe-result', rates: [rate] };

/** An executor that keeps what it is given, and a way to say what its process says. */
function harness(signal?: AbortSignal, more: { readonly startTimeoutSeconds?: number } = {}) {
  const started: Assignment[] = [];
  const listeners = new Set<(event: ExecutorEvent) => void>();
  const tell = (event: ExecutorEvent) => {
    for (const listener of [...listeners]) listener(event);
  };
  const executor = {
    slots: 1,
    start: (_slot: number, assignment: Assignment) => started.push(assignment),
    stop: () => undefined,
    renew: () => undefined,
    close: async () => undefined,
  };
  const listen = (listener: (event: ExecutorEvent) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const request = { threads: 1, classes: 10, candidates: [{ resolution: 32 }], secondsEach: 3, ...more };
  const report = probeEngine(executor, new VirtualClock(5), listen, signal ? { ...request, signal } : request);
  return {
    report,
    started,
    listeners,
    tell,
    say: (message: TrialMessage) => tell({ type: 'message', slot: 0, message }),
  };
}

describe('a probe', () => {
  it('gives the engine and the rates, and listens no longer', async () => {
    const { report, started, say, listeners } = harness();
    expect(started).toMatchObject([{ type: 'probe', sentAtSeconds: 5, classes: 10, candidates: [{ resolution: 32 }] }]);
    for (const message of [hello, { type: 'heartbeat', timeoutSeconds: 9, memoryBytes: 1 } as const, result])
      say(message);
    expect(await report).toEqual({ hello, rates: [rate] });
    expect(listeners.size).toBe(0);
  });

  it('has the time of a start, a wait for GPU memory and the measuring before it is killed', () => {
    const killAt = (...more: Parameters<typeof harness>) => harness(...more).started[0];
    expect(killAt()).toMatchObject({ killAtSeconds: 5 + 30 + 60 + 16 });
    expect(killAt(undefined, { startTimeoutSeconds: 7 })).toMatchObject({ killAtSeconds: 5 + 30 + 7 + 16 });
  });

  it('fails with the words of the process and its log', async () => {
    const { report, tell, listeners } = harness();
    tell({ type: 'ended', slot: 0, reason: 'crash', message: 'no engine runs here', log: '/logs/0' });
    await expect(report).rejects.toThrow('(crash): no engine runs here; its log: /logs/0');
    expect(listeners.size).toBe(0);
  });

  it('does not take another result for its own', async () => {
    const { report, say } = harness();
    say(hello);
    say({ type: 'predict-result', predictions: 'x', wallSeconds: 1 });
    await expect(report).rejects.toThrow(/expected a hello and a result, got predict-result/);
  });

  it('is given up at once when it is aborted, and not begun when it was before', async () => {
    const controller = new AbortController();
    const { report, listeners, say } = harness(controller.signal);
    controller.abort(new Error('the user'));
    say(hello);
    say(result);
    await expect(report).rejects.toThrow('the user');
    expect(listeners.size).toBe(0);
    const late = harness(controller.signal);
    await expect(late.report).rejects.toThrow('the user');
    expect(late.started).toEqual([]);
  });
});
