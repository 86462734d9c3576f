import { describe, expect, it } from 'vitest';
import { SimulatorExecutor, VirtualClock } from '../../src/executor/simulator.js';
import type { FinalAssignment } from '../../src/trial/protocol.js';
import { collect, itHoldsTheContract, rung, simulated, world } from './contract.js';

describe('the simulator', () => {
  itHoldsTheContract(simulated);

  it('takes as long as the world says, training and overhead', async () => {
    const clock = new VirtualClock(100);
    const slow = { ...world, secondsPerUnit: () => 3, overheadSeconds: 2 };
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
      endsAtSeconds: 50,
      beganAtSeconds: 0,
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

  it('says when nothing is left to happen', () => {
    expect(new VirtualClock().advance()).toBe(false);
  });
});
