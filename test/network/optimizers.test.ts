import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { type NetworkPlan, type OptimizerKind, optimizerKinds } from '../../src/network/describe.js';
import { Layout, plainUpdate } from '../../src/network/parameters.js';
import { declareParameters } from '../../src/network/programs.js';
import { evaluateProgram, type Variables } from '../program/reference.js';
import { copyOf, tiny, tinyDescription, variable } from './fixtures.js';

const [learningRate, momentum, beta2, weightDecay, gradientScale, averageRate] = [0.02, 0.9, 0.98, 0.05, 0.25, 0.2];

/** What is fed at the t-th update, t from 1. */
function rates(kind: OptimizerKind, t: number): Record<string, number[]> {
  const all = { learningRate, momentum, weightDecay, gradientScale, averageRate };
  const squares = {
    beta2,
    firstMomentScale: (1 - momentum) / (1 - momentum ** t),
    secondMomentScale: (1 - beta2) / (1 - beta2 ** t),
  };
  const fed = kind === 'nesterov' ? all : { ...all, ...squares };
  return Object.fromEntries(Object.entries(fed).map(([name, value]) => [name, [value]]));
}

function random(length: number, seed: string, size = 1): Float64Array {
  const draw = seedrandom.alea(seed);
  return new Float64Array(length).map(() => size * (2 * draw() - 1));
}

/** Makes `steps` updates by random gradients and gives the weights, as the program has them and as `expected` does. */
function updates(
  network: NetworkPlan,
  kind: OptimizerKind,
  steps: number,
  expected: Update,
  more: Readonly<Record<string, number[]>> = {},
) {
  const variables: Variables = new Map(
    [...network.initialValues('start')].map(([name, values]) => [name, Float64Array.from(values)]),
  );
  const own = { weights: variable(variables, 'weights').slice(), norms: variable(variables, 'norms').slice() };
  for (let t = 1; t <= steps; t += 1) {
    for (const group of ['weights', 'norms'] as const) {
      const gradient = random(own[group].length, `${group}/${t}`, 4 ** (t % 3));
      variables.set(`${group}.gradient`, gradient.slice());
      expected(
        own[group],
        gradient.map((g) => gradientScale * g),
        group,
        t,
      );
    }
    evaluateProgram(network.programs.apply, { ...rates(kind, t), ...more }, variables);
  }
  return { variables, own };
}

/** Changes `values` in place by the t-th update. */
type Update = (values: Float64Array, gradient: Float64Array, group: 'weights' | 'norms', t: number) => void;

/** AdamW as the paper writes it: means that start at zero, each divided by what it lacks. */
function textbookAdamW(isOwn: (group: string, index: number) => boolean = () => true): Update {
  const means = new Map<string, { readonly m: Float64Array; readonly v: Float64Array }>();
  return (values, gradient, group, t) => {
    const { m, v } = means.get(group) ?? {
      m: new Float64Array(values.length),
      v: new Float64Array(values.length),
    };
    means.set(group, { m, v });
    values.forEach((value, i) => {
      if (!isOwn(group, i)) return;
      const g = gradient[i] ?? Number.NaN;
      m[i] = momentum * (m[i] ?? 0) + (1 - momentum) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const mean = (m[i] ?? 0) / (1 - momentum ** t);
      const deviation = Math.sqrt((v[i] ?? 0) / (1 - beta2 ** t));
      const decay = group === 'weights' ? weightDecay * value : 0;
      values[i] = value - learningRate * (mean / (deviation + 1e-8) + decay);
    });
  };
}

type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)));
const transposed = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0));
const combined = (a: Matrix, x: number, b: Matrix, y: number): Matrix =>
  a.map((row, i) => row.map((value, j) => x * value + y * (b[i]?.[j] ?? 0)));

/** Newton–Schulz as Jordan et al. write it: X ← aX + (bA + cA²)X with A = XXᵀ. */
function newtonSchulz(matrix: Matrix): Matrix {
  const norm = Math.sqrt(matrix.flat().reduce((sum, x) => sum + x * x, 0));
  let x = matrix.map((row) => row.map((value) => value / (norm + 1e-7)));
  for (let iteration = 0; iteration < 5; iteration += 1) {
    const a = product(x, transposed(x));
    x = combined(x, 3.4445, product(combined(a, -4.775, product(a, a), 2.0315), x), 1) as number[][];
  }
  return x;
}

function textbookMuon(kernels: readonly { readonly begin: number; readonly shape: readonly number[] }[]): Update {
  const ends = kernels.map(({ begin, shape }) => [begin, begin + shape.reduce((a, b) => a * b, 1)] as const);
  const isHidden = (group: string, i: number) =>
    group === 'weights' && ends.some(([begin, end]) => i >= begin && i < end);
  const others = textbookAdamW((group, i) => !isHidden(group, i));
  const buffers = ends.map(([begin, end]) => new Float64Array(end - begin));
  return (values, gradient, group, t) => {
    others(values, gradient, group, t);
    if (group === 'norms') return;
    kernels.forEach(({ begin, shape }, index) => {
      const buffer = buffers[index] ?? new Float64Array(0);
      const [out = 1] = shape.slice(-1);
      // One row for each output channel.
      const rows: number[][] = Array.from({ length: out }, () => []);
      buffer.forEach((old, i) => {
        const g = gradient[begin + i] ?? Number.NaN;
        buffer[i] = momentum * old + g;
        rows[i % out]?.push(g + momentum * (buffer[i] ?? 0));
      });
      const inputs = buffer.length / out;
      const direction = newtonSchulz(rows);
      buffer.forEach((_, i) => {
        const o = direction[i % out]?.[Math.floor(i / out)] ?? Number.NaN;
        const old = values[begin + i] ?? Number.NaN;
        const update = 0.2 * Math.sqrt(Math.max(out, inputs)) * o + weightDecay * old;
        values[begin + i] = old - learningRate * update;
      });
    });
  };
}

function expectClose(values: Float64Array, expected: Float64Array): void {
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 10);
  });
}

describe('apply', () => {
  for (const family of ['residual', 'plain'] as const) {
    it(`with adamw is the textbook's update of the ${family} network, at every step from the first`, () => {
      for (const steps of [1, 2, 5]) {
        const { variables, own } = updates(tiny({ family }, { optimizer: 'adamw' }), 'adamw', steps, textbookAdamW());
        expectClose(variable(variables, 'weights'), own.weights);
        expectClose(variable(variables, 'norms'), own.norms);
      }
    });

    it(`with muon is the textbook's update of the ${family} network, and AdamW where Muon is not meant for`, () => {
      const layout = new Layout({ ...plainUpdate, optimizer: 'muon' });
      declareParameters(tinyDescription({ family, width: 3 }), layout);
      const kernels = layout.in('weights').filter(({ name }) => !/^(stem|classifier)\./.test(name));
      expect(kernels.length).toBeGreaterThan(2);
      for (const steps of [1, 2, 5]) {
        const { variables, own } = updates(
          tiny({ family, width: 3 }, { optimizer: 'muon' }),
          'muon',
          steps,
          textbookMuon(kernels),
        );
        expectClose(variable(variables, 'weights'), own.weights);
        expectClose(variable(variables, 'norms'), own.norms);
      }
    });
  }

  it('moves the averages after the update, whatever the optimiser', () => {
    for (const kind of optimizerKinds) {
      const network = tiny({}, { optimizer: kind });
      const start: Variables = new Map(
        [...network.initialValues('start')].map(([name, values]) => [name, Float64Array.from(values)]),
      );
      for (const name of network.programs.gradients) start.set(name, random(variable(start, name).length, name));
      const after = copyOf(start);
      evaluateProgram(network.programs.apply, rates(kind, 1), after);
      for (const group of ['weights', 'norms']) {
        expect(after.get(group)).not.toEqual(start.get(group));
        const expected = variable(start, group).map(
          (old, i) => (1 - averageRate) * old + averageRate * (variable(after, group)[i] ?? Number.NaN),
        );
        expectClose(variable(after, `${group}.average`), expected);
        expect(variable(after, `${group}.gradient`).every((g) => g === 0)).toBe(true);
      }
    }
  });

  it('changes nothing but the gradients where one of them is not finite, whatever the optimiser', () => {
    for (const kind of optimizerKinds) {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const clips of [false, true]) {
          const network = tiny({}, { optimizer: kind, clips, biasRate: 3 });
          const { variables } = updates(network, kind, 3, () => undefined, clips ? { clip: [1] } : {});
          const after = copyOf(variables);
          variable(after, 'norms.gradient').fill(wrong);
          variable(after, 'weights.gradient').fill(1);
          const fed = { ...rates(kind, 4), ...(clips ? { clip: [1] } : {}) };
          expect(evaluateProgram(network.programs.apply, fed, after)['finite']).toEqual(Float64Array.of(0));
          for (const [name, values] of variables) expect(variable(after, name), `${kind} ${name}`).toEqual(values);
        }
      }
    }
  });

  it('that clips makes the update of the gradients scaled down to the norm, and of shorter ones as they are', () => {
    for (const kind of optimizerKinds) {
      const [plain, clipping] = [tiny({}, { optimizer: kind }), tiny({}, { optimizer: kind, clips: true })];
      const start: Variables = new Map(
        [...plain.initialValues('start')].map(([name, values]) => [name, Float64Array.from(values)]),
      );
      for (const name of plain.programs.gradients) start.set(name, random(variable(start, name).length, name, 9));
      const squares = plain.programs.gradients.flatMap((name) => [...variable(start, name)].map((g) => g * g));
      const norm = gradientScale * Math.sqrt(squares.reduce((a, b) => a + b, 0));
      for (const clip of [norm / 8, norm / 1.01, norm * 1.01]) {
        const factor = Math.min(1, clip / norm);
        const [clipped, scaled] = [copyOf(start), copyOf(start)];
        for (const name of plain.programs.gradients) {
          scaled.set(
            name,
            variable(start, name).map((g) => factor * g),
          );
          // Whatever the loss was scaled by.
          clipped.set(
            name,
            variable(start, name).map((g) => 1024 * g),
          );
        }
        const fed = { ...rates(kind, 1), gradientScale: [gradientScale / 1024], clip: [clip] };
        evaluateProgram(clipping.programs.apply, fed, clipped);
        evaluateProgram(plain.programs.apply, rates(kind, 1), scaled);
        for (const [name, values] of scaled) expectClose(variable(clipped, name), values);
      }
    }
  });

  it('moves biases, and nothing else, at their own rate', () => {
    for (const kind of optimizerKinds) {
      const [plain, faster] = [tiny({}, { optimizer: kind }), tiny({}, { optimizer: kind, biasRate: 5 })];
      const layout = new Layout({ ...plainUpdate, biasRate: 5 });
      declareParameters(tinyDescription(), layout);
      const biases = layout
        .in('norms')
        .filter(({ name }) => name === 'classifier.bias' || name.endsWith('norm.offset'));
      const isBias = (index: number) =>
        biases.some(({ begin, shape: [length = 0] }) => index >= begin && index < begin + length);
      const start: Variables = new Map(
        [...plain.initialValues('start')].map(([name, values]) => [name, Float64Array.from(values)]),
      );
      for (const name of plain.programs.gradients) start.set(name, random(variable(start, name).length, name));
      const [usual, other] = [copyOf(start), copyOf(start)];
      evaluateProgram(plain.programs.apply, rates(kind, 1), usual);
      evaluateProgram(faster.programs.apply, rates(kind, 1), other);
      expect(variable(other, 'weights')).toEqual(variable(usual, 'weights'));
      const moved = (variables: Variables, i: number) =>
        (variable(variables, 'norms')[i] ?? Number.NaN) - (variable(start, 'norms')[i] ?? Number.NaN);
      for (const i of variable(start, 'norms').keys()) {
        expect(moved(other, i)).toBeCloseTo((isBias(i) ? 5 : 1) * moved(usual, i), 10);
      }
    }
  });

  it('in the tail moves the averages as always until they are the mean of its steps, then keeps them that', () => {
    const network = tiny({}, { averagesTail: true });
    const variables: Variables = new Map(
      [...network.initialValues('start')].map(([name, values]) => [name, Float64Array.from(values)]),
    );
    /** Makes a step whose gradients are numbers or not; gives the weights after it and their average. */
    const go = (isTail: boolean, name: string, wrong = false) => {
      for (const gradient of network.programs.gradients) {
        const values = random(variable(variables, gradient).length, `${gradient}/${name}`);
        variables.set(gradient, wrong ? values.fill(Number.NaN) : values);
      }
      evaluateProgram(network.programs.apply, { ...rates('nesterov', 1), averageTail: [isTail ? 1 : 0] }, variables);
      return {
        weights: variable(variables, 'weights').slice(),
        average: variable(variables, 'weights.average').slice(),
      };
    };
    const moved = (average: Float64Array, weights: Float64Array, rate: number) =>
      average.map((value, i) => value + rate * ((weights[i] ?? Number.NaN) - value));
    let last = go(false, 'before');
    const steps = Array.from({ length: 12 }, (_, index) => {
      if (index === 6) go(true, 'wrong', true);
      const next = go(true, `${index}`);
      // The rate of 1/5 is that of a mean of five.
      expectClose(next.average, moved(last.average, next.weights, Math.min(averageRate, 1 / (index + 1))));
      last = next;
      return next;
    });
    expect(variable(variables, 'average.steps')).toEqual(Float64Array.of(12));
    const five = steps[4]?.average ?? new Float64Array();
    expectClose(
      last.average,
      five.map(
        (value, i) => (5 * value + steps.slice(5).reduce((sum, { weights }) => sum + (weights[i] ?? 0), 0)) / 12,
      ),
    );
    // Where a training goes on after its tail, the next tail begins anew.
    const after = go(false, 'after');
    expectClose(after.average, moved(last.average, after.weights, averageRate));
    expect(variable(variables, 'average.steps')).toEqual(Float64Array.of(0));
  });

  it('of an optimiser has the slots that it needs and no others', () => {
    const slots = (kind: OptimizerKind) =>
      tiny({}, { optimizer: kind }).programs.variables.flatMap(({ name, shape }) =>
        /oment/.test(name) ? [[name, shape[0]]] : [],
      );
    const size = (name: string) => tiny().programs.variables.find((each) => each.name === name)?.shape[0];
    const [weights, norms] = [size('weights'), size('norms')];
    const first = [
      ['weights.momentum', weights],
      ['norms.momentum', norms],
    ];
    expect(slots('nesterov')).toEqual(first);
    expect(slots('adamw')).toEqual(
      expect.arrayContaining([...first, ['weights.secondMoment', weights], ['norms.secondMoment', norms]]),
    );
    // The stem's 3x3 kernel from 3 to 2 channels, and the classifier from 4 features to 3 classes.
    expect(slots('muon')).toEqual(
      expect.arrayContaining([...first, ['weights.secondMoment', 54 + 12], ['norms.secondMoment', norms]]),
    );
    expect([slots('adamw').length, slots('muon').length]).toEqual([4, 4]);
  });
});
