import { expect, test } from 'vitest';
import type { Configuration } from '../../../src/space/types.js';
import { parameterColumns, parameterOf, parameterSummary } from '../../../src/ui/model/parameters.js';
import { trialOf } from '../canned-trials.js';

function trials(...configurations: Configuration[]) {
  return configurations.map((configuration, trial) => ({ ...trialOf(trial, 0, []), configuration }));
}

const two = trials(
  { 'schedule.shape': 'cosine', 'network.width': 16, 'optimizer.learningRate': 0.31, resolution: 28 },
  { 'schedule.shape': 'linear', 'network.width': 32, 'optimizer.learningRate': 0.04, resolution: 28 },
);

test('only parameters that tell trials apart are columns, the foremost first', () => {
  expect(parameterColumns(two).map(({ heading }) => heading)).toEqual(['lr', 'width', 'shape']);
});

test('a single trial shows all of its parameters', () => {
  expect(parameterColumns(two.slice(0, 1))).toHaveLength(4);
});

test('a parameter that only some trials have tells them apart', () => {
  expect(parameterColumns(trials({ a: 1, b: 2 }, { a: 1 })).map(({ name }) => name)).toEqual(['b']);
});

test('the width of a column does not depend on the numbers in it', () => {
  const [small, large] = [0.5, 1.23456e-7].map((lr) => parameterColumns(trials({ lr }, { lr: 0.1 }))[0]?.width);
  expect(small).toBe(large);
});

test('the summary leaves out what is the same for all', () => {
  expect(two[1] && parameterSummary(two[1], two, '–')).toBe('lr 0.04, width 32, shape linear');
});

test('a parameter may have any name, those of built-in properties too', () => {
  const odd = trials({ valueOf: 1, constructor: 2 }, { valueOf: 3 });
  expect(parameterColumns(odd).map(({ heading }) => heading)).toEqual(['valueOf', 'constructor']);
  expect(odd.map(({ configuration }) => parameterOf(configuration, 'constructor', '–'))).toEqual(['2', '–']);
});
