import { describe, expect, it } from 'vitest';
import { type SimulatedOutcome, SimulatorExecutor, VirtualClock } from '../../src/executor/simulator.js';
import { type RungStep, rungCost } from '../../src/scheduler/cost.js';
import type { Configuration } from '../../src/space/types.js';
import type { FinalAssignment } from '../../src/trial/protocol.js';
import { collect, itHoldsTheContract, rung, simulated, world } from './contract.js';

describe('the simulator', () => {
  itHoldsTheContract(simulated);

  it('takes as long as the world says, training and overhead', async () => {
    const clock = new VirtualClock(100);
    const slow = {
      ...world,
      trainSeconds: (_: Configuration, step: RungStep) => 3 * rungCost(step),
      overheadSeconds: 2,
    };
    const harness = collect(
      (listener) => new SimulatorExecutor(1, slow, clock, listener),
      () => clock.nowSeconds(),
      () => clock.advance(),
    );
    // From 1 to 5 with a cooldown of 0.3: 0.7 * 4 of trunk and 0.3 * 5 of cooldown.
    harness.executor.start(0, { ...rung(harness, 'ok', 1000), from: 1, to: 5 });
    const event = await harness.ended(0);
    expect(event).toMatchObject({ message: { trainSeconds: expect.closeTo(12.9), wallSeconds: expect.closeTo(14.9) } });
    expect(clock.nowSeconds()).toBeCloseTo(114.9);
  });

  it('reports on the way, and ends as its world says: late, with the message of other work, or not before it is killed', async () => {
    const clock = new VirtualClock();
    const told = { type: 'told', message: 'half' } as const;
    const other = { type: 'predict-result', predictions: '/p.csv', wallSeconds: 1 } as const;
    const outcomes: Record<string, SimulatedOutcome> = {
      late: { kind: 'score', score: 0.5, lateSeconds: 7 },
      other: { kind: 'message', message: other, afterSeconds: 2 },
      hang: { kind: 'failure', reason: 'hang', afterSeconds: 1e9 },
    };
    const faulty = {
      ...world,
      rung: (configuration: Configuration) =>
        outcomes[String(configuration['behaviour'])] ??
        world.rung(configuration, 0, 0, 1, { memoryShare: 1, starts: 1 }),
      reports: () => [{ afterSeconds: 0.5, message: told }],
    };
    const heard: [number, string][] = [];
    const executor = new SimulatorExecutor(1, faulty, clock, (event) =>
      heard.push([clock.nowSeconds(), event.type === 'message' ? event.message.type : event.reason]),
    );
    for (const kind of ['late', 'other', 'hang']) {
      executor.start(0, rung({ ...simulated(), now: () => clock.nowSeconds() }, kind, 30));
      while (clock.advance());
    }
    expect(heard).toEqual([
      [0.5, 'told'],
      [8, 'rung-result'],
      [8.5, 'told'],
      [10, 'predict-result'],
      [10.5, 'told'],
      [40, 'over-time'],
    ]);
  });

  it('lands a final run on its end and counts its attempts', () => {
    const clock = new VirtualClock();
    const attempts: number[] = [];
    const counting: typeof world = {
      ...world,
      final: (_configuration, _seconds, attempt) => {
        attempts.push(attempt);
        return attempt === 1 ? { kind: 'failure', reason: 'diverged', afterSeconds: 5 } : { kind: 'score', score: 0.5 };
      },
    };
    const ends: number[] = [];
    const executor = new SimulatorExecutor(1, counting, clock, () => ends.push(clock.nowSeconds()));
    const { type: _, trial: _trial, rung: _rung, unit: _unit, from: _from, to: _to, ...base } = rung(simulated(), 'ok');
    const { anneal: _anneal, cooldown: _cooldown, subset: _subset, ...rest } = base;
    const final: FinalAssignment = {
      ...rest,
      type: 'final',
      killAtSeconds: 60,
      useValidation: true,
      views: 2,
      rateCheck: null,
      endsAtSeconds: 50,
      beganAtSeconds: 0,
      memoryShare: 1,
      saveEverySeconds: 5,
      learningRateFactor: 1,
    };
    executor.start(0, final);
    clock.advance();
    executor.start(0, final);
    clock.advance();
    expect({ attempts, ends }).toEqual({ attempts: [1, 2], ends: [5, 50] });
  });
});

describe('the virtual clock', () => {
  it('keeps appointments in order, those of one instant as they were made, and none that was cancelled', () => {
    const clock = new VirtualClock();
    const kept: string[] = [];
    const note = (name: string) => () => kept.push(`${name}@${clock.nowSeconds()}`);
    clock.at(5, note('c'));
    clock.at(2, note('a'));
    const cancel = clock.at(3, note('never'));
    clock.at(2, () => {
      note('b')();
      clock.at(1, note('late'));
    });
    cancel();
    while (clock.advance());
    expect(kept).toEqual(['a@2', 'b@2', 'late@2', 'c@5']);
  });

  it('keeps late what was due while it slept', () => {
    const clock = new VirtualClock();
    const kept: number[] = [];
    clock.at(2, () => kept.push(clock.nowSeconds()));
    clock.at(9, () => kept.push(clock.nowSeconds()));
    clock.sleep(5);
    while (clock.advance());
    expect(kept).toEqual([5, 9]);
  });

  it('says when nothing is left to happen', () => {
    expect(new VirtualClock().advance()).toBe(false);
  });
});
