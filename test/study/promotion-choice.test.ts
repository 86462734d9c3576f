import { expect, test } from 'vitest';
import { parseSearchSpace } from '../../src/space/parse.js';
import type { FailureReason, StudyEvent } from '../../src/state/events.js';
import { bearingOutlook, choiceBy } from '../../src/study/promotion-choice.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

const space = parseSearchSpace(
  `name: s
parameters:
  x: {type: float, low: 0, high: 1}
scheduler: {kind: model-asha, unit: epochs, min: 10, max: 90, anneal: restart}
`,
  'space.yaml',
);
const plan: StudyEvent = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 300,
  endsAt: 350,
  secondsPerUnit: 1,
  overheadSeconds: 0,
  promotion: { rule: 'asha', eta: 3 },
  brackets: [[10, 30, 90].map((resource) => ({ trials: 1, resource }))],
};
/** Sixteen trials that are the worse the higher x is. */
const trials = Array.from({ length: 16 }, (_, trial) => {
  const x = ((trial * 5) % 16) / 15;
  return [created(trial, { x }), started(trial, 0, 30), finished(trial, 0, 31, 0.6 - 0.3 * x)];
}).flat();
const known = (...events: readonly StudyEvent[]) => {
  const outlook = bearingOutlook(stateOf([...preparation, plan, ...trials, ...events]), space);
  return outlook?.trials.map(({ trial }) => trial) ?? [];
};

test('nobody has to be better than a trial that has failed for good', () => {
  const after = (reason: FailureReason): readonly StudyEvent[] => [
    started(0, 1, 40),
    { type: 'rung-failed', at: 41, trial: 0, rung: 1, reason, message: '', log: null },
  ];
  expect(known()).toHaveLength(16);
  expect(known(...after('diverged'))).toEqual(known().slice(1));
  for (const reason of ['interrupted', 'crash', 'over-time'] as const) expect(known(...after(reason))).toEqual(known());
});

test('without an outlook the first in the order of a rung is promoted', () => {
  const entries = [3, 1, 2].map((trial) => ({ trial, score: 0.5, promoted: false }));
  expect(choiceBy(null)(entries)?.trial).toBe(3);
  expect(choiceBy(null)([])).toBeNull();
});
