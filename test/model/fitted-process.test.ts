import { describe, expect, it } from 'vitest';
import { type Datum, type FittedMemory, fittedProcess, untilMilestone } from '../../src/model/fitted-process.js';
import type { Prior } from '../../src/model/hyperparameters.js';
import type { PointSpace } from '../../src/model/point.js';

const space: PointSpace = { dimensions: 1, isChoice: [false], values: [0], pointOf: () => new Float64Array(1) };
const prior: Prior = {
  lengthScale: { logMean: Math.log(0.7), logSpread: 0.5 },
  amplitude: { logMean: 0, logSpread: 1 },
  noise: { logMean: Math.log(0.05), logSpread: 1 },
  mean: { value: 0, deviation: 10 },
};
const data: readonly Datum[] = Array.from({ length: 20 }, (_, index) => {
  const x = (index * 0.618) % 1;
  return { point: Float64Array.of(x), value: Math.sin(6 * x), variance: 0, at: index };
});
const hyperparametersOf = (all: readonly Datum[], memory: FittedMemory) => {
  fittedProcess(space, 0, { all, kept: all }, memory, prior);
  return memory.get(0)?.fitted;
};

describe('a fitted process', () => {
  it('keeps its hyperparameters until a fifth more data are there', () => {
    const memory: FittedMemory = new Map();
    const at10 = hyperparametersOf(data.slice(0, 10), memory);
    expect(hyperparametersOf(data.slice(0, 11), memory)).toBe(at10);
    expect(hyperparametersOf(data.slice(0, 12), memory)).not.toBe(at10);
  });

  it('has the same ones without a memory: that only saves time', () => {
    const memory: FittedMemory = new Map();
    for (let count = 1; count < data.length; count++) hyperparametersOf(data.slice(0, count), memory);
    expect(memory.get(0)?.fitted).toEqual(hyperparametersOf(data.slice(0, 19), new Map()));
  });

  it('goes by when data came, not by the trials that they are of', () => {
    const [early, late] = [data.slice(0, 10), { ...data[0], point: Float64Array.of(0.5), value: 9, at: 99 }];
    expect(untilMilestone([late, ...early])).toEqual(early);
  });
});
