import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { readParameters } from '../../src/simulation/parameters.js';
import { spaceOf } from '../../src/simulation/simulate.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import { benchmark, settings } from './example.js';

const space = spaceOf(benchmark, settings);
const read = (space: unknown, conditions?: unknown) => {
  const reading = readParameters(space, conditions);
  if ('problem' in reading) throw new Error(`${reading.problem.path.join('.')}: ${reading.problem.expected}`);
  return reading.parameters;
};
const problem = (space: unknown, conditions?: unknown) => {
  const reading = readParameters(space, conditions);
  return 'problem' in reading ? `${reading.problem.path.join('.')}: ${reading.problem.expected}` : 'none';
};
const float = { name: 'x', type: 'float', lower: 0, upper: 1 };
const choice = { name: 'c', type: 'categorical', choices: ['a', 'b', 'd'] };

describe('the space of a benchmark', () => {
  it('holds numbers, choices, booleans and constants, each after those that it depends on', () => {
    expect(benchmark.parameters.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'rate float',
      'model choice',
      'depth int',
      'shuffle choice',
      'units int',
      'layers int',
      'dropout float',
      'size choice',
      'version constant',
    ]);
    expect(benchmark.parameters.find(({ name }) => name === 'units')).toMatchObject({ low: 8, high: 512, log: true });
    expect(benchmark.parameters.find(({ name }) => name === 'shuffle')).toMatchObject({ values: [false, true] });
  });

  it('makes a parameter active where all of its conditions hold, however they are written', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seedrandom.alea(String(seed));
        const configuration = sampleConfiguration(space, random);
        const isNet = configuration['model'] === 'net';
        expect('units' in configuration && 'layers' in configuration).toBe(isNet);
        expect('depth' in configuration).toBe(!isNet);
        const drops = isNet && Number(configuration['layers']) >= 2 && configuration['shuffle'] === true;
        expect('dropout' in configuration).toBe(drops);
      }),
    );
  });

  it.each([
    [{ name: 'x', type: 'uniform_float', min: 0, max: 1 }, 'float'],
    [{ name: 'x', type: 'integer', low: 0, high: 1 }, 'int'],
    [{ name: 'x', type: 'cat', values: [1, 2] }, 'choice'],
    [{ name: 'x', type: 'bool' }, 'choice'],
    [{ name: 'x', type: 'const', value: 'a' }, 'constant'],
  ])('knows the spelling %j', (form, kind) => {
    expect(read([form])).toMatchObject([{ name: 'x', kind }]);
    // By name, and as ConfigSpace writes a space down.
    const { name: _, ...rest } = form;
    expect(read({ x: rest })).toEqual(read([form]));
    expect(read({ hyperparameters: [form], conditions: [], forbiddens: [] })).toEqual(read([form]));
  });

  it('starts from a default that it names, whatever the language it was written in', () => {
    expect(read([{ ...float, default: 0.25 }])).toMatchObject([{ default: 0.25 }]);
    expect(read([{ name: 'x', type: 'bool', default: 'True' }])).toMatchObject([{ default: true }]);
  });

  it('reads a condition beside a parameter as one in a list', () => {
    const listed = read([choice, float], [{ child: 'x', parent: 'c', type: 'IN', values: ['a', 'b'] }]);
    expect(read([choice, { ...float, when: { c: ['a', 'b'] } }])).toEqual(listed);
    expect(read([choice, { ...float, conditions: [{ parent: 'c', values: ['a', 'b'] }] }])).toEqual(listed);
    expect(read([choice, { ...float, condition: { parent: 'c', type: 'NEQ', value: 'd' } }])).toEqual(listed);
  });

  it.each([
    [[{ name: 'x', type: 'normal_float' }], undefined, /^space\.0\.type: float, uniform_float, /],
    [[{ ...float, mu: 1 }], undefined, /^space\.0\.mu: float: one of the keys low, lower, min, high, /],
    [[{ name: 'x', type: 'float', lower: 0 }], undefined, /^space\.0\.high: a number/],
    [[{ ...float, lower: 2 }], undefined, /^space\.x\.low: a number of at most high/],
    [[float, float], undefined, /^space\.1\.name: each name once/],
    [[{ ...choice, weights: [1, 2, 3] }], undefined, /^space\.0\.weights: equal weights/],
    [[choice, { ...float, when: { d: 1 } }], undefined, /^space\.1\.when\.d: c or x/],
    [[choice, { ...float, when: { c: 'z' } }], undefined, /^space\.1\.when\.c: values of c \(a, b or d\)/],
    [
      [choice, float],
      [{ child: 'x', parent: 'c', type: 'GT', value: 'a' }],
      /^conditions\.0\.type: EQ, IN, NEQ or AND/,
    ],
    [[choice, float], [{ child: 'z', parent: 'c', value: 'a' }], /^conditions\.0: c or x/],
    [{ hyperparameters: [float], forbiddens: [{}] }, undefined, /^space\.forbiddens: /],
    [[], undefined, /^space: at least one parameter/],
    ['x', undefined, /^space: a list of parameters/],
  ])('refuses what it does not know: %j %j', (space, conditions, expected) => {
    expect(problem(space, conditions)).toMatch(expected);
  });

  it('refuses conditions that go round in a circle', () => {
    const other = { ...choice, name: 'e', when: { c: 'a' } };
    expect(problem([{ ...choice, when: { e: 'a' } }, other])).toBe('space: conditions without a circle');
  });
});
