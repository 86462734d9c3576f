import { describe, expect, test } from 'vitest';
import type { Outlook } from '../../src/model/outlook.js';
import { propose } from '../../src/sampler/propose.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import type { Configuration } from '../../src/space/types.js';
import type { Observation } from '../../src/state/observation.js';

const space = parseSearchSpace(
  `name: s
parameters:
  x: {type: float, low: 0, high: 1}
  kind: {type: choice, values: [a, b]}
scheduler: {kind: asha, sampler: gaussian-process, unit: epochs, min: 1, max: 9}
`,
  'space.yaml',
);
const known: readonly Configuration[] = Array.from({ length: 9 }, (_, index) => ({ x: index / 10, kind: 'a' }));
const observations: readonly Observation[] = known.map((configuration) => ({
  configuration,
  rungs: [{ resource: 1, score: 0.5 }],
  failed: false,
}));
/** Expects most of x = 0.7 with kind b, and is sure of it. */
const worthOf = ({ x, kind }: Configuration) => 1 - Math.abs(Number(x) - 0.7) + (kind === 'b' ? 1 : 0);
const outlook = (skill: number, rateOf: Outlook['rateOf'] = () => 1): Outlook => ({
  levels: [1, 3, 9],
  trials: known.map((configuration, trial) => ({
    trial,
    configuration,
    level: 0,
    expectation: { means: [worthOf(configuration)], variances: [0] },
    mean: worthOf(configuration),
    deviation: 0.1,
  })),
  skill,
  ofNew: (configurations) => configurations.map((one) => ({ mean: worthOf(one), deviation: 0.05 })),
  rateOf,
});
const proposals = (given: Outlook, count = 40) =>
  Array.from({ length: count }, (_, trial) =>
    propose({ space, seed: 3, trial: trial + 9, observations, from: 1, lowest: 1, top: 9, outlook: () => given }),
  );

describe('the Gaussian process sampler', () => {
  test('proposes what the model expects most of, now and then something else', () => {
    const all = proposals(outlook(0.9));
    const informed = all.filter(({ origin }) => origin === 'model');
    expect(informed.length).toBeGreaterThan(30);
    expect(informed.length).toBeLessThan(40);
    for (const { configuration } of informed) {
      expect(configuration['kind']).toBe('b');
      expect(Math.abs(Number(configuration['x']) - 0.7)).toBeLessThan(0.1);
    }
  });

  test('prefers the cheaper of two that promise the same', () => {
    const cheap = (configuration: Configuration) => (Number(configuration['x']) < 0.695 ? 1 : 100);
    for (const { configuration, origin } of proposals(outlook(0.9, cheap), 20))
      if (origin === 'model') expect(Number(configuration['x'])).toBeLessThan(0.695);
  });

  test('keeps to the defaults while there are few results, and lets go of them as they come', () => {
    const confident = parseSearchSpace(
      `name: s
parameters:
  x: {type: float, low: 0, high: 1, default: 0.2, confidence: high}
  kind: {type: choice, values: [a, b]}
scheduler: {kind: asha, sampler: gaussian-process, unit: epochs, min: 1, max: 9}
`,
      'space.yaml',
    );
    const distance = (repeats: number) => {
      const given: Outlook = {
        ...outlook(0.9),
        trials: Array.from({ length: repeats }, () => outlook(0.9).trials).flat(),
        // Promises a little more the farther from the default.
        ofNew: (configurations) => configurations.map(({ x }) => ({ mean: 1.6 + Number(x), deviation: 0.5 })),
      };
      const all = Array.from({ length: 20 }, (_, trial) =>
        propose({
          space: confident,
          seed: 3,
          trial: trial + 9,
          observations,
          from: 1,
          lowest: 1,
          top: 9,
          outlook: () => given,
        }),
      ).filter(({ origin }) => origin === 'model');
      return all.reduce((sum, { configuration }) => sum + Number(configuration['x']) - 0.2, 0) / all.length;
    };
    expect(distance(1)).toBeLessThan(0.3);
    expect(distance(100)).toBeGreaterThan(0.6);
  });

  test('leaves a model alone that knows no more than chance', () => {
    // Two over the root of nine trials: what chance reaches once in forty times.
    expect(proposals(outlook(0.6)).filter(({ origin }) => origin === 'model')).toEqual([]);
    expect(proposals(outlook(0.7)).filter(({ origin }) => origin === 'model')).not.toEqual([]);
  });

  test('spreads the first trials over the whole space', () => {
    const first: Outlook = { ...outlook(0.99), trials: outlook(0.99).trials.slice(0, 5) };
    expect(new Set(proposals(first).map(({ origin }) => origin))).toEqual(new Set(['random', 'prior']));
  });

  test('proposes the same in the same place', () => {
    expect(proposals(outlook(0.9), 5)).toEqual(proposals(outlook(0.9), 5));
  });
});
