import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';
import { isInformed, outlookOf } from '../../src/model/outlook.js';
import { propose } from '../../src/sampler/propose.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import type { Configuration } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import { summaryOf } from '../../src/state/summary.js';
import type { EventOf } from '../../src/state/types.js';
import { created, finished, preparation, started, stateOf } from '../report/example-study.js';

const space = parseSearchSpace(
  `name: mixed
parameters:
  width: {type: choice, values: [64, 16, 32], default: 32}
  family: {type: choice, values: [residual, plain, mobile]}
  squeeze: {type: choice, values: [false, 16, 64]}
  rate: {type: float, low: 0.01, high: 1, log: true}
  batch: {type: choice, values: [32, 64, 128, 256], when: {family: plain}}
scheduler: {unit: seconds, min: 4}
`,
  'space.yaml',
);
const widthOf = (configuration: Configuration) => Number(configuration['width']);
/** Wide networks cost more and learn more. */
const secondsOf = (configuration: Configuration) => 4 * (widthOf(configuration) / 16);
const scoreOf = (configuration: Configuration) =>
  0.5 + 0.004 * widthOf(configuration) - 0.1 * Math.abs(Math.log10(Number(configuration['rate'])) + 1);

const random = seedrandom.alea('mixed');
const configurations = Array.from({ length: 24 }, () => sampleConfiguration(space, random));
const plan: StudyEvent = {
  type: 'plan-made',
  at: 22,
  searchEndsAt: 300,
  endsAt: 990,
  secondsPerUnit: 1,
  overheadSeconds: 0,
  promotion: { rule: 'asha', eta: 3 },
  brackets: [
    [
      { trials: 24, resource: 4 },
      { trials: 8, resource: 12 },
    ],
  ],
};
const state = stateOf([
  ...preparation,
  plan,
  ...configurations.flatMap((configuration, trial): readonly StudyEvent[] => [
    created(trial, configuration),
    { ...(started(trial, 0, 30 + trial) as EventOf<'rung-started'>), resource: 4 },
    {
      ...(finished(trial, 0, 31 + trial, scoreOf(configuration)) as EventOf<'rung-finished'>),
      trainSeconds: secondsOf(configuration),
    },
  ]),
]);
const outlook = outlookOf(state, space);

test('an outlook on numbers, choices among numbers and among anything, and conditions says what each would cost', () => {
  const rates = [16, 32, 64].map((width) => outlook?.rateOf({ width, family: 'mobile', squeeze: 16, rate: 0.1 }) ?? 0);
  const ascending = rates.toSorted((a, b) => a - b);
  expect(rates).toEqual(ascending);
  expect((rates[2] ?? 0) / (rates[0] ?? 0)).toBeGreaterThan(2);
  for (const configuration of configurations) expect(outlook?.rateOf(configuration)).toBeGreaterThan(0);
});

test('what it proposes are configurations of the space', () => {
  expect(outlook && isInformed(outlook)).toBe(true);
  const { observations } = summaryOf(state.trials);
  const context = { space, seed: 1, observations, from: 4, lowest: 4, top: 12, outlook: () => outlook };
  const proposals = Array.from({ length: 20 }, (_, index) => propose({ ...context, trial: 24 + index }));
  expect(proposals.filter(({ origin }) => origin === 'model').length).toBeGreaterThan(10);
  for (const { configuration } of proposals) expect([16, 32, 64]).toContain(configuration['width']);
});
