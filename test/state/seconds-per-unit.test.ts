import { expect, it } from 'vitest';
import { secondsPerUnit } from '../../src/state/seconds-per-unit.js';
import type { EventOf } from '../../src/state/types.js';
import { created, finished, started, stateOf } from '../report/example-study.js';
import { tinySpace } from '../study/simulated.js';

it('seconds of a unit are by all that a trial has trained itself: resumed rungs count what they add, restarted ones all', () => {
  const rung = (index: number, resource: number, trainSeconds: number) => [
    { ...(started(0, index, 30) as EventOf<'rung-started'>), resource },
    { ...(finished(0, index, 40, 0.5) as EventOf<'rung-finished'>), trainSeconds },
  ];
  const trialOf = (...events: Parameters<typeof stateOf>[0]) => {
    const [trial] = stateOf([created(0, {}), ...events]).trials;
    if (!trial) throw new Error('expected a trial');
    return trial;
  };
  const both = trialOf(...rung(0, 10, 20), ...rung(1, 30, 40));
  const resumed = { ...tinySpace.scheduler, anneal: 'trunk', cooldown: 0 } as const;
  expect(secondsPerUnit(both, resumed)).toBeCloseTo(60 / 30, 12);
  expect(secondsPerUnit(both, { ...resumed, anneal: 'restart' })).toBeCloseTo(60 / 40, 12);
  expect(secondsPerUnit(trialOf(), resumed)).toBeNull();
});

it('seconds of a unit are those of the whole rung where its last attempt has trained a part of it only', () => {
  const end = { ...finished(0, 0, 40, 0.5), trainSeconds: 2, earlierTrainSeconds: 18 };
  const [trial] = stateOf([created(0, {}), started(0, 0, 30), end]).trials;
  expect(trial && secondsPerUnit(trial, { ...tinySpace.scheduler, anneal: 'restart' })).toBeCloseTo(2, 12);
});
