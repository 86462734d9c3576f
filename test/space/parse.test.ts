import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../src/errors.js';
import { parseSearchSpace } from '../../src/space/parse.js';

const known = [
  'network.family',
  'network.width',
  'network.blocks',
  'optimizer.learningRate',
  'resolution',
  'schedule.warmup',
];

function errorOf(text: string): InputError {
  try {
    parseSearchSpace(text, 'space.yaml', { knownParameters: known });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

const valid = `# yaml-language-server: $schema=../schemas/search-space.schema.json
name: quickstart
parameters:
  network.family: {type: choice, values: [residual, plain], default: residual}
  network.width: {type: int, low: 8, high: 32, log: true, step: 4, default: 16, confidence: high}
  network.blocks: {type: int, low: 1, high: 2, when: {network.family: [residual]}}
  optimizer.learningRate: {type: float, low: 0.02, high: 1, log: true, default: 0.2}
  resolution: 28
scheduler: {min: 4, max: 100, sampler: random, unit: epochs}
budget: {searchShare: 0.3, reserve: 20s}
`;

describe('parseSearchSpace', () => {
  it('reads every kind of parameter and fills in what is left out', () => {
    expect(parseSearchSpace(valid, 'space.yaml', { knownParameters: known })).toEqual({
      name: 'quickstart',
      parameters: [
        {
          kind: 'choice',
          name: 'network.family',
          values: ['residual', 'plain'],
          default: 'residual',
          when: [],
          confidence: 'medium',
        },
        {
          kind: 'int',
          name: 'network.width',
          low: 8,
          high: 32,
          log: true,
          step: 4,
          default: 16,
          when: [],
          confidence: 'high',
        },
        {
          kind: 'int',
          name: 'network.blocks',
          low: 1,
          high: 2,
          log: false,
          when: [{ parameter: 'network.family', values: ['residual'] }],
          confidence: 'medium',
        },
        {
          kind: 'float',
          name: 'optimizer.learningRate',
          low: 0.02,
          high: 1,
          log: true,
          default: 0.2,
          when: [],
          confidence: 'medium',
        },
        { kind: 'constant', name: 'resolution', value: 28, when: [], confidence: 'medium' },
      ],
      scheduler: {
        kind: 'model-asha',
        sampler: 'random',
        eta: 3,
        unit: 'epochs',
        min: 4,
        max: 100,
        anneal: 'trunk',
        cooldown: 0.3,
      },
      fidelity: { subset: 1, resample: false, classes: 1, resolution: 1 },
      budget: { searchShare: 0.3, minSearchShare: 0.1, maxSearchShare: 'auto', reserveSeconds: 20 },
      final: { useValidation: true, views: 8, checkLearningRate: false },
    });
  });

  it('needs only a name and parameters', () => {
    const space = parseSearchSpace('name: a\nparameters: {anything: 1}\n', 'space.yaml');
    expect(space.scheduler).toEqual({
      kind: 'model-asha',
      sampler: 'gaussian-process',
      eta: 3,
      unit: 'seconds',
      min: 30,
      max: 'auto',
      anneal: 'trunk',
      cooldown: 0.3,
    });
    expect(space.budget).toEqual({
      searchShare: 'auto',
      minSearchShare: 0.1,
      maxSearchShare: 'auto',
      reserveSeconds: 'auto',
    });
  });

  it('takes a condition on one value without a list, a constant under a condition and values behind an alias', () => {
    const space = parseSearchSpace(
      'name: a\nparameters:\n  f: {type: choice, values: &v [1, 2]}\n  g: {type: choice, values: *v}\n  h: {type: constant, value: 3, when: {f: 1}}\n',
      'space.yaml',
    );
    expect(space.parameters[1]).toMatchObject({ values: [1, 2] });
    expect(space.parameters[2]).toMatchObject({ value: 3, when: [{ parameter: 'f', values: [1] }] });
  });

  const width = (text: string): string => `name: a\nparameters:\n  network.width: ${text}\n`;
  const rate = (text: string): string => `name: a\nparameters:\n  optimizer.learningRate: ${text}\n`;
  const two = (text: string): string =>
    `name: a\nparameters:\n  network.family: {type: choice, values: [residual, plain]}\n  network.blocks: ${text}\n`;

  it.each([
    ['an empty file', '', 'space.yaml:1:1: expected a map with name and parameters, got an empty file'],
    ['only a comment', '# nothing\n', 'space.yaml:1:1: expected a map with name and parameters, got an empty file'],
    ['a list', '- a\n', 'space.yaml:1:1: expected a map with name and parameters, got a list'],
    ['a single word', 'hello', 'space.yaml:1:1: expected a map with name and parameters, got a single value'],
    ['no name', 'parameters: {resolution: 28}\n', 'space.yaml:1:1 name: expected a text, got nothing; try adding it'],
    ['no parameters', 'name: a\n', 'space.yaml:1:1 parameters: expected a map, got nothing; try adding it'],
    [
      'empty parameters',
      'name: a\nparameters: {}\n',
      'space.yaml:2:13 parameters: expected at least one parameter, got none',
    ],
    ['parameters left blank', 'name: a\nparameters:\n', 'space.yaml:2:12 parameters: expected a map, got nothing'],
    ['a broken bracket', 'name: [a\n', 'space.yaml:2:1: expected valid YAML, got '],
    ['a tab as indent', 'name: a\nparameters:\n\tresolution: 28\n', 'space.yaml:3:1: expected valid YAML, got '],
    ['two documents', 'name: a\n---\nname: b\n', 'space.yaml:2:1: expected valid YAML, got '],
    ['an unknown tag', 'name: !!python/object a\n', 'space.yaml:1:7: expected valid YAML, got Unresolved tag'],
    ['a repeated key', width('1').concat('name: b\n'), 'space.yaml:4:1: expected each key once, got name again'],
    [
      'an unknown block',
      'name: a\nparameters: {resolution: 28}\nschedular: {}\n',
      'space.yaml:3:1 schedular: expected one of the keys name, parameters, scheduler, fidelity, budget or final, got schedular; try scheduler',
    ],
    [
      'an unknown key of a parameter',
      width('{type: int, low: 8, hihg: 9, high: 9}'),
      'space.yaml:3:38 parameters.network.width.hihg: expected one of the keys type, low, high, log, step, default, when or confidence, got hihg; try high',
    ],
    ['a misspelt key instead of the missing one', width('{type: int, low: 8, hihg: 9}'), 'got hihg; try high'],
    [
      'an unknown parameter',
      'name: a\nparameters:\n  optimiser.learningrate: 1\n',
      'space.yaml:3:3 parameters.optimiser.learningrate: expected one of the parameters network.family, network.width, network.blocks, optimizer.learningRate, resolution or schedule.warmup, got optimiser.learningrate; try optimizer.learningRate',
    ],
    [
      'an unknown type',
      width('{type: integer, low: 8, high: 9}'),
      'space.yaml:3:25 parameters.network.width.type: expected float, int, choice or constant, got "integer"',
    ],
    [
      'a misspelt name among those that there are',
      width('1').concat('scheduler: {kind: model-ahsa}\n'),
      'got "model-ahsa"; try model-asha',
    ],
    ['a missing type', width('{low: 8}'), 'space.yaml:3:18 parameters.network.width.type: expected float, int, choice'],
    [
      'a blank parameter',
      width(''),
      'space.yaml:3:18 parameters.network.width: expected a parameter such as {type: float, low: 0, high: 1}, or a fixed value, got nothing',
    ],
    ['a missing bound', width('{type: int, low: 8}'), 'parameters.network.width.high: expected a number, got nothing'],
    [
      'a boolean of YAML 1.1',
      width('{type: int, low: 8, high: 9, log: yes}'),
      'space.yaml:3:52 parameters.network.width.log: expected true or false, got "yes"; try true (in YAML 1.2 yes and on are texts)',
    ],
    ['a number in quotes', width('{type: int, low: "8", high: 9}'), 'expected a number, got "8"; try 8 without quotes'],
    ['an infinite bound', rate('{type: float, low: 0, high: .inf}'), 'expected a number, got Infinity'],
    ['a fraction as int', width('{type: int, low: 8.5, high: 9}'), 'expected an integer, got 8.5'],
    [
      'low above high',
      width('{type: int, low: 9, high: 8}'),
      'space.yaml:3:35 parameters.network.width.low: expected a number of at most high (8), got 9; try low: 8, high: 9',
    ],
    [
      'log from zero',
      rate('{type: float, low: 0, high: 1, log: true}'),
      'low: expected a number above 0 because log is true, got 0',
    ],
    [
      'a step wider than the range',
      width('{type: int, low: 8, high: 9, step: 4}'),
      'step: expected a number of at most high - low (1), got 4',
    ],
    ['a step of zero', rate('{type: float, low: 0, high: 1, step: 0}'), 'step: expected a number above 0, got 0'],
    [
      'a default outside',
      rate('{type: float, low: 0, high: 1, default: 2}'),
      'default: expected a number in [0, 1], got 2; try 1',
    ],
    [
      'a default off the step',
      width('{type: int, low: 8, high: 32, step: 4, default: 18}'),
      'default: expected 8 plus a multiple of step (4), got 18; try ',
    ],
    [
      'a default that is no choice',
      two('{type: choice, values: [1, 2], default: 3}'),
      'default: expected one of the values 1 or 2, got 3; try 1',
    ],
    [
      'a choice without values',
      two('{type: choice, values: []}'),
      'values: expected a list with at least one value, got []',
    ],
    ['a value twice', two('{type: choice, values: [1, 2, 1]}'), 'values.2: expected each value once, got 1 again'],
    [
      'a condition on nothing declared',
      two('{type: int, low: 1, high: 2, when: {network.famly: residual}}'),
      'space.yaml:4:55 parameters.network.blocks.when.network.famly: expected a parameter declared earlier, got network.famly, which is not declared; try network.family',
    ],
    [
      'a condition on a later parameter',
      'name: a\nparameters:\n  network.blocks: {type: int, low: 1, high: 2, when: {resolution: 28}}\n  resolution: 28\n',
      'got resolution, declared later; try moving resolution above network.blocks',
    ],
    [
      'a condition on itself',
      'name: a\nparameters:\n  network.blocks: {type: int, low: 1, high: 2, when: {network.blocks: 1}}\n',
      'got network.blocks, declared later',
    ],
    [
      'a condition on a value that cannot be',
      two('{type: int, low: 1, high: 2, when: {network.family: [dense]}}'),
      'expected a value that network.family can take (residual or plain), got "dense"; try residual or plain',
    ],
    [
      'a condition on a continuous parameter',
      rate('{type: float, low: 0, high: 1}').concat(
        '  network.width: {type: int, low: 1, high: 2, when: {optimizer.learningRate: 0.5}}\n',
      ),
      'expected a parameter that takes single values, got optimizer.learningRate, a float without steps',
    ],
    [
      'an empty condition',
      two('{type: int, low: 1, high: 2, when: {network.family: }}'),
      'expected a value or a list of values, got nothing',
    ],
    [
      'a wrong confidence',
      width('{type: int, low: 1, high: 2, confidence: hi}'),
      'expected low, medium or high, got "hi"',
    ],
    [
      'eta below 2',
      width('1').concat('scheduler: {eta: 1}\n'),
      'space.yaml:4:18 scheduler.eta: expected a number of at least 2, got 1',
    ],
    [
      'max below min',
      width('1').concat('scheduler: {min: 9, max: 3}\n'),
      'scheduler.max: expected auto or a number of at least min (9), got 3',
    ],
    [
      'a wrong max',
      width('1').concat('scheduler: {max: all}\n'),
      'scheduler.max: expected auto or a number above 0, got "all"',
    ],
    [
      'a fidelity above 1',
      width('1').concat('fidelity: {subset: 2}\n'),
      'fidelity.subset: expected a number of at most 1, got 2',
    ],
    [
      'a wrong reserve',
      width('1').concat('budget: {reserve: soon}\n'),
      'budget.reserve: expected auto or a duration, got "soon"; try auto or 20s',
    ],
    [
      'a reserve in which nothing can be put in place',
      width('1').concat('budget: {reserve: 0.5s}\n'),
      'budget.reserve: expected auto or at least 1 s, got "0.5s"; try auto or 20s',
    ],
    [
      'the same in seconds',
      width('1').concat('budget: {reserve: 0.5}\n'),
      'budget.reserve: expected a number of at least 1, got 0.5',
    ],
    ['a list as block', width('1').concat('final: [1]\n'), 'space.yaml:4:8 final: expected a map, got [1]'],
  ])('%s is told with its place, what was expected and what to try', (_, text, message) => {
    expect(errorOf(text).message).toContain(message);
  });

  it('tells every problem with its place, by position', () => {
    const error = errorOf(
      'name: a\nparameters:\n  network.width: {type: int, low: 9, high: 8}\n  width: 3\nscheduler: {eta: none}\nextra: 1\n',
    );
    expect(error.where).toBe('space.yaml:3:35 parameters.network.width.low');
    expect(error.further.map(({ where }) => where)).toEqual([
      'space.yaml:4:3 parameters.width',
      'space.yaml:5:18 scheduler.eta',
      'space.yaml:6:1 extra',
    ]);
    const again = errorOf('name: a\nname: b\nparameters: {network.width: 1}\nname: c\n');
    expect([again, ...again.further].map(({ where, got }) => [where, got])).toEqual([
      ['space.yaml:2:1', 'name again'],
      ['space.yaml:4:1', 'name again'],
    ]);
  });

  it('tells twenty of many problems, and how many there are besides', () => {
    const wrong = Array.from({ length: 25 }, (_, index) => `p${index}: 1\n`).join('');
    const error = errorOf(`name: a\nparameters: {network.width: 1}\n${wrong}`);
    expect([error.where, error.further.length]).toEqual(['space.yaml:3:1 p0', 19]);
    expect(error.further.at(-1)?.message).toMatch(/^space\.yaml:22:1 p19: .* \(and 5 more problems\)$/);
    expect(error.message).not.toMatch(/more problems/);
  });

  it('refuses aliases that multiply', () => {
    const rows = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map((pair) => pair.split(''))) {
      rows.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(', ')}]`);
    }
    expect(errorOf(rows.join('\n')).expected).toBe('few aliases');
  });

  it('checks bounds, defaults, choices and constants against what the trainer takes', () => {
    const valueSchemas = { 'network.width': z.int().max(16), 'network.family': z.enum(['residual', 'plain']) };
    const read = (text: string) => () => parseSearchSpace(text, 'space.yaml', { valueSchemas });
    expect(read(width('{type: int, low: 8, high: 32}'))).toThrow(
      'space.yaml:3:44 parameters.network.width.high: expected a number of at most 16, got 32; try a number of at most 16',
    );
    expect(read(width('17'))).toThrow(
      'space.yaml:3:18 parameters.network.width: expected a number of at most 16, got 17',
    );
    expect(read('name: a\nparameters:\n  network.family: {type: choice, values: [plain, dense]}\n')).toThrow(
      'space.yaml:3:50 parameters.network.family.values.1: expected residual or plain, got "dense"',
    );
  });

  it.each([
    [
      'counts from which more trials would start than a bracket may',
      'scheduler: {min: 1, max: 1.0e9}',
      'scheduler.max',
      /at most 1024 trials/,
    ],
    ['a lowest rung next to nothing', 'scheduler: {min: 1.0e-300}', 'scheduler.min', /at least 0\.000001/],
    ['a lowest rung beyond all machines', 'scheduler: {min: 1.0e+308}', 'scheduler.min', /at most 1000000000000/],
    ['a part that is no whole number', 'scheduler: {eta: 1.0000001}', 'scheduler.eta', /an integer/],
  ])('refuses %s', (_, line, path, expected) => {
    const error = errorOf(`name: a\nparameters:\n  resolution: 28\n${line}\n`);
    expect(error.where).toMatch(/^space\.yaml:4:\d+ /);
    expect(error.where).toContain(path);
    expect(error.expected).toMatch(expected);
  });

  it.each([
    [
      'integers that are not told apart',
      '{type: int, low: -9007199254740991, high: 9007199254740991}',
      /at most low \+/,
    ],
    [
      'more values than a choice has',
      `{type: choice, values: [${Array.from({ length: 1001 }, (_, value) => value)}]}`,
      /at most 1000 values/,
    ],
    ['a range that is no number', '{type: float, low: -1.0e+308, high: 1.0e+308}', /at most low \+/],
    ['steps that nobody can count', '{type: float, low: 0, high: 1, step: 1.0e-300}', /a step that can be counted/],
  ])('refuses %s', (_, form, expected) => {
    expect(errorOf(`name: a\nparameters:\n  resolution: ${form}\n`).expected).toMatch(expected);
  });

  it('takes names that every object has for what they are: unknown', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const text = `name: a\nparameters:\n  ${name}: {type: int, low: 1, high: 2}\n`;
      const read = () =>
        parseSearchSpace(text, 'space.yaml', { knownParameters: known, valueSchemas: { resolution: z.int() } });
      expect(read).toThrow(/^space\.yaml:3:3 parameters\.\w+: expected one of/);
    }
    expect(() =>
      parseSearchSpace(`name: a\nparameters:\n  constructor: 1\n`, 'space.yaml', { valueSchemas: {} }),
    ).not.toThrow();
  });

  it.each([
    ['levels in one another, flow', `name: a\nparameters: ${'['.repeat(60_000)}`],
    ['levels in one another, block', `${'- '.repeat(100_000)}a`],
    ['characters', `name: a # ${'x'.repeat(300_000)}`],
    ['parameters', `name: a\nparameters: {${Array.from({ length: 1001 }, (_, index) => `p${index}: 1`).join(', ')}}`],
    ['unknown keys', Array.from({ length: 20_000 }, (_, index) => `key${index}: 1`).join('\n')],
    ['aliases', `a: &a 1\nb: [${Array<string>(20_000).fill('*a').join(', ')}]`],
  ])('refuses a text of too many %s without going through all of it again and again', (_, text) => {
    expect(errorOf(text)).toBeInstanceOf(InputError);
  });

  it('never throws anything but an InputError, whatever is cut off', () => {
    for (let length = 0; length < valid.length; length++) {
      try {
        parseSearchSpace(valid.slice(0, length), 'space.yaml', { knownParameters: known });
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        expect((error as InputError).where).toMatch(/^space\.yaml:\d+:\d+/);
      }
    }
  });
});
