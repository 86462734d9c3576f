import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import type { NetworkDescription, NetworkPlan } from '../../src/network/describe.js';
import { Layout, plainUpdate } from '../../src/network/parameters.js';
import { declareParameters } from '../../src/network/programs.js';
import { elements } from '../../src/program/geometry.js';
import { evaluateProgram, type Variables } from '../program/reference.js';
import { copyOf, randomImages, randomTargets, startingPoint, tiny, tinyDescription, variable } from './fixtures.js';

const batch = { images: randomImages(3, 6, 'images'), targets: randomTargets(3, 3, 'targets'), lossScale: [1] };

function lossOf(network: NetworkPlan, variables: Variables, feeds: Record<string, ArrayLike<number>>): number {
  const [loss] = evaluateProgram(network.programs.accumulate, feeds, variables)['loss'] ?? [];
  return loss ?? Number.NaN;
}

/** Masks for the three images of the batch. */
function masksOf(network: NetworkPlan, value: (index: number) => number): Record<string, Float64Array> {
  const { masks = [] } = network.programs;
  return Object.fromEntries(
    masks.map(({ name, perImage }) => [name, new Float64Array(3 * perImage).map((_, index) => value(index))]),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

const networks: readonly Partial<NetworkDescription>[] = [
  ...(['residual', 'plain'] as const).flatMap((family) =>
    (['small', 'medium', 'large'] as const).map((stem) => ({ family, stem })),
  ),
  { family: 'residual', stem: 'deep' },
  { family: 'residual', block: 'bottleneck', blocks: [1, 2] },
  { family: 'residual', squeezeExcite: 1, blur: true },
  { family: 'plain', squeezeExcite: 4, blur: true },
  { family: 'mobile', blocks: 2 },
  { family: 'mobile', squeezeExcite: 1, blur: true },
  { family: 'residual', blocks: 2, dropout: true, dropPath: true },
  { family: 'mobile', blocks: 2, dropout: true, dropPath: true },
];

describe('accumulate', () => {
  for (const description of networks) {
    it(`adds the exact gradients of ${JSON.stringify(description)}`, () => {
      const network = tiny(description);
      const fed = { ...batch, ...masksOf(network, (index) => (index % 3 === 1 ? 0 : 1.5)) };
      const start = startingPoint(network, JSON.stringify(description));
      const after = copyOf(start);
      lossOf(network, after, fed);
      const random = seedrandom.alea('directions');
      for (const group of ['weights', 'norms']) {
        const gradient = variable(after, `${group}.gradient`);
        const scale = Math.sqrt(dot(gradient, gradient));
        for (let round = 0; round < 12; round += 1) {
          const part = Math.floor(random() * gradient.length);
          // Single coordinates find a swapped parameter, whole directions an element that is wrong.
          const direction = gradient.map((_, i) => (round % 2 === 0 ? random() - 0.5 : i === part ? 1 : 0));
          const step = 1e-6;
          const lossAt = (offset: number) => {
            const moved = copyOf(start);
            moved.set(
              group,
              variable(start, group).map((value, i) => value + offset * (direction[i] ?? 0)),
            );
            return lossOf(network, moved, fed);
          };
          const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
          expect(Math.abs(numeric - dot(gradient, direction)) / scale, `${group}, ${round}`).toBeLessThan(1e-6);
        }
      }
    });
  }

  it('with masks of ones is the network without masks, which its evaluation is too', () => {
    const [plain, masked] = [tiny(), tiny({ dropout: true, dropPath: true })];
    const start = startingPoint(plain, 'ones');
    const [one, other] = [copyOf(start), copyOf(start)];
    expect(lossOf(masked, other, { ...batch, ...masksOf(masked, () => 1) })).toBe(lossOf(plain, one, batch));
    expect(other).toEqual(one);
    expect(masked.programs.evaluate.inputs).toEqual(plain.programs.evaluate.inputs);
    expect(plain.programs.masks).toEqual([]);
  });

  it('drops what a block adds to its shortcut, by image, and features', () => {
    const network = tiny({ dropout: true, dropPath: true, stages: 1 });
    expect(network.programs.masks?.map(({ name, perImage, share }) => [name, perImage, share])).toEqual([
      ['stage0.0.mask', 1, 1],
      ['features.mask', 2, 1],
    ]);
    const start = startingPoint(network, 'drop');
    const block = (masks: Record<string, readonly number[]>) => {
      const after = copyOf(start);
      lossOf(network, after, { ...batch, 'stage0.0.mask': [1, 1, 1], 'features.mask': [1, 1, 1, 1, 1, 1], ...masks });
      const layout = new Layout(plainUpdate);
      declareParameters(tinyDescription({ stages: 1 }), layout);
      const sum = (name: string) => {
        const parameter = layout.in('weights').find((each) => each.name === name);
        const { begin = 0, shape = [] } = parameter ?? {};
        const part = variable(after, 'weights.gradient').subarray(begin, begin + elements(shape));
        return part.reduce((total, value) => total + Math.abs(value), 0);
      };
      return { inBlock: sum('stage0.0.1.kernel'), before: sum('stem.kernel'), after: sum('classifier.kernel') };
    };
    const all = block({});
    expect(Math.min(all.inBlock, all.before, all.after)).toBeGreaterThan(1e-6);
    const dropped = block({ 'stage0.0.mask': [0, 0, 0] });
    expect(dropped.inBlock).toBe(0);
    expect(Math.min(dropped.before, dropped.after)).toBeGreaterThan(1e-6);
    expect(block({ 'stage0.0.mask': [0, 1, 0] }).inBlock).toBeGreaterThan(1e-6);
    expect(block({ 'features.mask': [0, 0, 0, 0, 0, 0] })).toEqual({ inBlock: 0, before: 0, after: 0 });
  });

  it('drops deeper blocks more often, up to the whole rate', () => {
    const shares = (description: Parameters<typeof tiny>[0]) =>
      tiny({ dropPath: true, ...description }).programs.masks?.map(({ share }) => share);
    expect(shares({ stages: 2, blocks: 2 })).toEqual([0.25, 0.5, 0.75, 1]);
    expect(shares({ stages: 2, blocks: [1, 3] })).toEqual([0.25, 0.5, 0.75, 1]);
    expect(shares({ family: 'plain' })).toEqual([]);
    // Blocks of a mobile network that change the shape have no shortcut, and no part in the rate.
    expect(shares({ family: 'mobile', stages: 2, blocks: 2 })).toEqual([1 / 3, 2 / 3, 1]);
    expect(shares({ family: 'mobile', stages: 3, blocks: 1 })).toEqual([1]);
  });

  it('has no gradient with respect to the images', () => {
    for (const family of ['residual', 'plain', 'mobile'] as const) {
      const { nodes } = tiny({ family }).programs.accumulate;
      const count = (kind: string) => nodes.filter((node) => node.operation.kind === kind).length;
      expect(count('conv2dInputGradient')).toBe(count('conv2d') - 1);
      expect(count('conv2dFilterGradient')).toBe(count('conv2d'));
      expect(count('depthwiseConv2dFilterGradient')).toBe(count('depthwiseConv2d'));
    }
  });

  it('moves the statistics a tenth of the way to the batch and nothing else but the gradients', () => {
    const network = tiny({ stages: 1, family: 'plain' });
    const start = startingPoint(network, 'statistics');
    variable(start, 'statistics').fill(7);
    const still = copyOf(start);
    const [once, twice] = [copyOf(start), copyOf(start)];
    lossOf(network, once, batch);
    lossOf(network, twice, batch);
    lossOf(network, twice, batch);
    const moved = (variables: Variables) => variable(variables, 'statistics');
    moved(once).forEach((value, i) => {
      expect(moved(twice)[i]).toBeCloseTo(value + 0.9 * (value - 7), 10);
      expect(value).not.toBe(7);
    });
    for (const name of ['weights', 'norms', 'weights.momentum', 'weights.average', 'statistics.average']) {
      expect(once.get(name)).toEqual(still.get(name));
    }
  });

  it('scales the gradients with the loss scale, and not the loss', () => {
    const network = tiny();
    const start = startingPoint(network, 'scale');
    const [plain, scaled] = [copyOf(start), copyOf(start)];
    expect(lossOf(network, scaled, { ...batch, lossScale: [1024] })).toBe(lossOf(network, plain, batch));
    for (const name of ['weights.gradient', 'norms.gradient']) {
      expect(variable(scaled, name)).toEqual(variable(plain, name).map((value) => 1024 * value));
    }
    expect(scaled.get('statistics')).toEqual(plain.get('statistics'));
  });

  it('adds up over micro-batches', () => {
    const network = tiny();
    const start = startingPoint(network, 'micro');
    const [once, twice] = [copyOf(start), copyOf(start)];
    const first = lossOf(network, once, batch);
    expect(lossOf(network, twice, batch) + lossOf(network, twice, batch)).toBeCloseTo(2 * first, 12);
    for (const name of ['weights.gradient', 'norms.gradient']) {
      expect(variable(twice, name)).toEqual(variable(once, name).map((value) => 2 * value));
    }
  });
});

const rates = { learningRate: [0.3], momentum: [0.8], weightDecay: [0.05], gradientScale: [0.25], averageRate: [0.2] };

describe('apply', () => {
  it('is decay on weights alone, Nesterov momentum, then the averages, and clears the gradients', () => {
    const network = tiny();
    const random = seedrandom.alea('apply');
    const start: Variables = new Map(
      network.programs.variables.map(({ name, shape }) => [
        name,
        new Float64Array(shape[0] ?? 0).map(() => random() - 0.5),
      ]),
    );
    const after = copyOf(start);
    evaluateProgram(network.programs.apply, rates, after);
    for (const [group, decay] of [
      ['weights', 0.05],
      ['norms', 0],
    ] as const) {
      const old = (suffix: string, i: number) => variable(start, `${group}${suffix}`)[i] ?? Number.NaN;
      variable(after, group).forEach((value, i) => {
        const gradient = 0.25 * old('.gradient', i) + decay * old('', i);
        const slot = 0.8 * old('.momentum', i) + gradient;
        const expected = old('', i) - 0.3 * (gradient + 0.8 * slot);
        expect(value).toBeCloseTo(expected, 12);
        expect(variable(after, `${group}.momentum`)[i]).toBeCloseTo(slot, 12);
        expect(variable(after, `${group}.average`)[i]).toBeCloseTo(0.8 * old('.average', i) + 0.2 * expected, 12);
        expect(variable(after, `${group}.gradient`)[i]).toBe(0);
      });
    }
    expect(after.get('statistics')).toEqual(start.get('statistics'));
    variable(after, 'statistics.average').forEach((value, i) => {
      const [average = 0, now = 0] = [variable(start, 'statistics.average')[i], variable(start, 'statistics')[i]];
      expect(value).toBeCloseTo(0.8 * average + 0.2 * now, 12);
    });
  });

  it('after two micro-batches equals one step on the joined batch', () => {
    // Both halves hold the same images, so that batch norm sees the same mean and variance in either case.
    const network = tiny();
    const start = startingPoint(network, 'joined');
    const [halves, joined] = [copyOf(start), copyOf(start)];
    lossOf(network, halves, batch);
    lossOf(network, halves, batch);
    lossOf(network, joined, {
      lossScale: [1],
      images: [...batch.images, ...batch.images],
      targets: [...batch.targets, ...batch.targets],
    });
    for (const variables of [halves, joined]) {
      evaluateProgram(network.programs.apply, { ...rates, gradientScale: [1 / 6] }, variables);
    }
    for (const name of ['weights', 'norms', 'weights.average', 'weights.momentum']) {
      variable(joined, name).forEach((value, i) => {
        expect(variable(halves, name)[i]).toBeCloseTo(value, 10);
      });
    }
  });

  it('says whether the gradients are finite, and where one is not clears them and changes nothing else', () => {
    const network = tiny();
    const finite = (variables: Variables) => evaluateProgram(network.programs.apply, rates, variables)['finite'];
    const start = startingPoint(network, 'guard');
    for (const { name } of network.programs.variables) {
      start.set(
        name,
        variable(start, name).map((value, i) => value + 0.01 * (i % 7)),
      );
    }
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const group of ['weights', 'norms']) {
        const after = copyOf(start);
        const gradient = variable(after, `${group}.gradient`);
        gradient[gradient.length - 1] = wrong;
        expect(finite(after)).toEqual(Float64Array.of(0));
        for (const [name, values] of start) {
          const expected = network.programs.gradients.includes(name) ? values.map(() => 0) : values;
          expect(variable(after, name), name).toEqual(expected);
        }
      }
    }
    const after = copyOf(start);
    expect(finite(after)).toEqual(Float64Array.of(1));
    expect(after.get('weights')).not.toEqual(start.get('weights'));
  });

  it('lowers the loss when repeated', () => {
    for (const family of ['residual', 'plain'] as const) {
      const network = tiny({ family });
      const variables: Variables = new Map(
        [...network.initialValues('learn')].map(([name, v]) => [name, Float64Array.from(v)]),
      );
      const losses = Array.from({ length: 15 }, () => {
        const loss = lossOf(network, variables, batch);
        const feeds = { ...rates, learningRate: [0.1], weightDecay: [0], gradientScale: [1 / 3] };
        evaluateProgram(network.programs.apply, feeds, variables);
        return loss;
      });
      expect((losses[0] ?? 0) / 3).toBeCloseTo(Math.log(3), 1);
      expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
    }
  });
});

describe('evaluate', () => {
  it('judges an image the same in any company', () => {
    for (const family of ['residual', 'plain'] as const) {
      const network = tiny({ family, stem: 'large' });
      const variables = startingPoint(network, 'evaluate');
      const logits = (images: Uint8Array) =>
        evaluateProgram(network.programs.evaluate, { images }, variables)['logits'];
      const size = batch.images.length / 3;
      const alone = [0, 1, 2].flatMap((n) => [...(logits(batch.images.slice(n * size, (n + 1) * size)) ?? [])]);
      expect([...(logits(batch.images) ?? [])]).toEqual(alone);
      expect(new Set(alone).size).toBeGreaterThan(3);
    }
  });

  it('uses the averaged variables and changes none', () => {
    const network = tiny();
    const variables = startingPoint(network, 'averages');
    const logits = () => evaluateProgram(network.programs.evaluate, { images: batch.images }, variables)['logits'];
    const before = copyOf(variables);
    const expected = logits();
    expect(variables).toEqual(before);
    for (const name of ['weights', 'norms', 'statistics']) variable(variables, name).fill(Number.NaN);
    expect(logits()).toEqual(expected);
    for (const name of ['weights.average', 'norms.average', 'statistics.average']) {
      const kept = variable(variables, name).slice();
      variables.set(
        name,
        kept.map((value) => value + 0.1),
      );
      expect(logits()).not.toEqual(expected);
      variables.set(name, kept);
    }
  });

  it('agrees with the training forward pass once the statistics are the batch’s', () => {
    const network = tiny();
    const variables = startingPoint(network, 'agree');
    for (let round = 0; round < 400; round += 1) evaluateProgram(network.programs.accumulate, batch, variables);
    variables.set('statistics.average', variable(variables, 'statistics'));
    const logits = evaluateProgram(network.programs.evaluate, { images: batch.images }, variables)['logits'] ?? [];
    const { targets } = batch;
    let loss = 0;
    for (let n = 0; n < 3; n += 1) {
      const row = [0, 1, 2].map((k) => logits[3 * n + k] ?? 0);
      const logSum = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
      row.forEach((logit, k) => {
        loss += (targets[3 * n + k] ?? 0) * (logSum - logit);
      });
    }
    // The moving variances are unbiased and the batch norm's own are not, so the two losses are close and not equal.
    expect(Math.abs(loss - lossOf(network, variables, batch))).toBeLessThan(0.05);
  });
});

describe('recalibrate', () => {
  const averaged = ['weights', 'norms', 'statistics'] as const;

  it('moves the averaged statistics to those that the averaged weights have on the images, and nothing else', () => {
    const network = tiny({ dropout: true, dropPath: true });
    const start = startingPoint(network, 'recalibrate');
    for (const group of averaged) {
      start.set(
        `${group}.average`,
        variable(start, `${group}.average`).map((value, i) => value + 0.05 * (i % 5)),
      );
    }
    const after = copyOf(start);
    evaluateProgram(network.recalibrate(), { images: batch.images, rate: [0.25] }, after);
    // What a training forward pass of these weights sees.
    const seen = copyOf(start);
    for (const group of averaged) seen.set(group, variable(start, `${group}.average`).slice());
    const old = variable(seen, 'statistics').slice();
    lossOf(network, seen, { ...batch, ...masksOf(network, () => 1) });
    const before = variable(start, 'statistics.average');
    variable(after, 'statistics.average').forEach((value, i) => {
      const [moved = Number.NaN, from = Number.NaN] = [variable(seen, 'statistics')[i], old[i]];
      const ofBatch = from + (moved - from) / 0.1;
      expect(value).toBeCloseTo(0.75 * (before[i] ?? Number.NaN) + 0.25 * ofBatch, 9);
      expect(Math.abs(value - (before[i] ?? 0))).toBeGreaterThan(1e-6);
    });
    for (const [name, values] of start) {
      if (name !== 'statistics.average') expect(after.get(name), name).toEqual(values);
    }
  });

  it('in parts that count by their images gives the means of their statistics', () => {
    const network = tiny();
    const start = startingPoint(network, 'means');
    const other = randomImages(3, 6, 'other');
    const means = [batch.images, other].map((images) => {
      const alone = copyOf(start);
      evaluateProgram(network.recalibrate(), { images, rate: [1] }, alone);
      return variable(alone, 'statistics.average');
    });
    const both = copyOf(start);
    evaluateProgram(network.recalibrate(), { images: batch.images, rate: [1] }, both);
    evaluateProgram(network.recalibrate(), { images: other, rate: [1 / 2] }, both);
    variable(both, 'statistics.average').forEach((value, i) => {
      expect(value).toBeCloseTo(((means[0]?.[i] ?? Number.NaN) + (means[1]?.[i] ?? Number.NaN)) / 2, 10);
    });
  });
});
