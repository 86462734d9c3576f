import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { Executor, ExecutorEvent, ExecutorListener } from '../../src/executor/executor.js';
import { LocalExecutor } from '../../src/executor/local.js';
import { type SimulatedWorld, SimulatorExecutor, VirtualClock } from '../../src/executor/simulator.js';
import { plainSurroundings } from '../../src/executor/surroundings.js';
import { rungCost } from '../../src/scheduler/cost.js';
import type { Configuration } from '../../src/space/types.js';
import { systemClock } from '../../src/study/clock.js';
import type { RungAssignment } from '../../src/trial/protocol.js';

export const folders: string[] = [];
const executors: Executor[] = [];
afterEach(async () => {
  for (const executor of executors.splice(0)) await executor.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export const fake = fileURLToPath(new URL('fake-trial.mjs', import.meta.url));
const behaviour = (configuration: Configuration) => String(configuration['behaviour'] ?? 'ok');

export const world: SimulatedWorld = {
  trainSeconds: (_configuration, step) => rungCost(step),
  overheadSeconds: 0,
  rung: (configuration) => {
    switch (behaviour(configuration)) {
      case 'crash':
        return { kind: 'failure', reason: 'crash', afterSeconds: 0.1 };
      case 'diverge':
        return { kind: 'failure', reason: 'diverged', afterSeconds: 0.1 };
      case 'silence':
        return { kind: 'failure', reason: 'crash', afterSeconds: 1e9 };
      default:
        return { kind: 'score', score: 0.5 };
    }
  },
  final: () => ({ kind: 'score', score: 0.5 }),
  inferenceImagesPerSecond: 100,
};

export interface Harness {
  readonly executor: Executor;
  /** The next event that frees `slot`. */
  ended(slot: number): Promise<ExecutorEvent>;
  readonly now: () => number;
}

const frees = (event: ExecutorEvent) => event.type === 'ended' || event.message.type === 'rung-result';

export function collect(
  make: (listener: ExecutorListener) => Executor,
  now: () => number,
  advance?: () => boolean,
): Harness {
  const events: ExecutorEvent[] = [];
  let wake: () => void = () => undefined;
  const executor = make((event) => {
    events.push(event);
    wake();
  });
  executors.push(executor);
  return {
    executor,
    now,
    async ended(slot) {
      for (;;) {
        const index = events.findIndex((event) => event.slot === slot && frees(event));
        const [event] = index < 0 ? [] : events.splice(index, 1);
        if (event) return event;
        if (advance) {
          if (!advance()) throw new Error('nothing is left to happen');
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

export function local(): Harness {
  const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-executor-'));
  folders.push(logs);
  const clock = systemClock({ startedAtEpochSeconds: Date.now() / 1000 });
  const command = [process.execPath, fake];
  return collect(
    (listener) =>
      new LocalExecutor({ slots: 2, command, logs, clock, listener, surroundings: plainSurroundings(process.env) }),
    clock.nowSeconds,
  );
}

export function simulated(): Harness {
  const clock = new VirtualClock();
  return collect(
    (listener) => new SimulatorExecutor(2, world, clock, listener),
    () => clock.nowSeconds(),
    () => clock.advance(),
  );
}

export function rung(harness: Harness, kind: string, killAfterSeconds = 30): RungAssignment {
  return {
    type: 'rung',
    sentAtSeconds: harness.now(),
    killAtSeconds: harness.now() + killAfterSeconds,
    data: '/data',
    seed: 's',
    configuration: { behaviour: kind },
    threads: 1,
    memoryShare: 1,
    saveEverySeconds: 5,
    trial: 3,
    rung: 0,
    unit: 'seconds',
    from: 0,
    to: 1,
    anneal: 'trunk',
    cooldown: 0.3,
    subset: 1,
    resample: false,
    classes: 1,
    resolution: 32,
    directory: '/study/trials/3',
  };
}

/** What every executor holds to. */
export function itHoldsTheContract(make: () => Harness): void {
  it('ends an assignment with its result and takes the next one', async () => {
    const harness = make();
    for (let round = 0; round < 2; round++) {
      harness.executor.start(0, rung(harness, 'ok'));
      const event = await harness.ended(0);
      expect(event).toMatchObject({ type: 'message', message: { type: 'rung-result', score: 0.5 } });
    }
  });

  it('runs the slots side by side', async () => {
    const harness = make();
    const endsAt = harness.now() + 30;
    harness.executor.start(0, rung(harness, 'silence', 30));
    harness.executor.start(1, rung(harness, 'ok'));
    expect(await harness.ended(1)).toMatchObject({ type: 'message', slot: 1 });
    // One after the other, slot 1 would have had to wait for the end of the silence.
    expect(harness.now()).toBeLessThan(endsAt);
  });

  it('refuses a second assignment in a busy slot and a slot that is not there', () => {
    const harness = make();
    harness.executor.start(0, rung(harness, 'silence'));
    expect(() => harness.executor.start(0, rung(harness, 'ok'))).toThrow(/busy/);
    expect(() => harness.executor.start(2, rung(harness, 'ok'))).toThrow(/slot below 2/);
  });

  it('tells a crash and goes on in the same slot', async () => {
    const harness = make();
    harness.executor.start(0, rung(harness, 'crash'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'crash' });
    harness.executor.start(0, rung(harness, 'ok'));
    expect(await harness.ended(0)).toMatchObject({ type: 'message' });
  });

  it('tells a divergence as such', async () => {
    const harness = make();
    harness.executor.start(0, rung(harness, 'diverge'));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'diverged' });
  });

  it('ends what is past its time', async () => {
    const harness = make();
    harness.executor.start(0, rung(harness, 'silence', 0.3));
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'over-time' });
  });

  it('ends everything as interrupted when it is stopped', async () => {
    const harness = make();
    harness.executor.start(0, rung(harness, 'silence'));
    harness.executor.start(1, rung(harness, 'silence'));
    harness.executor.stop();
    expect(await harness.ended(0)).toMatchObject({ type: 'ended', reason: 'interrupted' });
    expect(await harness.ended(1)).toMatchObject({ type: 'ended', reason: 'interrupted' });
  });
}
