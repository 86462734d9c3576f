import { z } from 'zod';
import { expectationOf, listOf, type Path, show } from '../expectation.js';
import { conditionProblems, valueProblems } from '../space/check.js';
import type { Problem } from '../space/problem.js';
import type { Condition, Parameter, ParameterValue } from '../space/types.js';
import { type ParentCondition, readConditions } from './conditions.js';

export type ParametersReading = { readonly parameters: readonly Parameter[] } | { readonly problem: Problem };

type Kind = 'float' | 'int' | 'choice' | 'boolean' | 'constant';

/** How benchmark files and ConfigSpace call the types of their parameters. */
const kinds: Readonly<Record<string, Kind>> = {
  float: 'float',
  uniform_float: 'float',
  real: 'float',
  double: 'float',
  continuous: 'float',
  int: 'int',
  uniform_int: 'int',
  integer: 'int',
  categorical: 'choice',
  cat: 'choice',
  choice: 'choice',
  enum: 'choice',
  ordinal: 'choice',
  bool: 'boolean',
  boolean: 'boolean',
  constant: 'constant',
  const: 'constant',
};

/** The spellings of each fact about a parameter; the first one is ours. */
const spellings = {
  low: ['low', 'lower', 'min'],
  high: ['high', 'upper', 'max'],
  values: ['values', 'choices', 'sequence', 'items'],
  value: ['value'],
  log: ['log'],
  step: ['step', 'q', 'quantization_factor'],
  preset: ['default', 'default_value'],
  when: ['when', 'condition', 'conditions', 'active_if', 'depends_on'],
  /** Read and left alone: remarks, and how often random draws take a value where that is said not to matter. */
  ignored: ['description', 'comment', 'meta', 'default_index', 'probabilities', 'weights'],
} as const;

type Fact = keyof typeof spellings;

const facts: Readonly<Record<Exclude<Kind, never>, readonly Fact[]>> = {
  float: ['low', 'high', 'log', 'step', 'preset', 'when', 'ignored'],
  int: ['low', 'high', 'log', 'step', 'preset', 'when', 'ignored'],
  choice: ['values', 'preset', 'when', 'ignored'],
  boolean: ['values', 'preset', 'when', 'ignored'],
  constant: ['value', 'preset', 'when', 'ignored'],
};

const value = z.union([z.number(), z.string(), z.boolean()], { error: 'a number, a text, true or false' });
const schemas = {
  low: z.number(),
  high: z.number(),
  values: z.array(value, { error: 'a list of values' }).min(1),
  value,
  log: z.boolean(),
  step: z.number().positive(),
} as const;

/** Thrown within this file alone: reading stops at the first problem. */
class ParameterProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.expected);
  }
}

function fail(path: Path, expected: string, got: unknown, tryThis: string): never {
  throw new ParameterProblem({ path, at: 'value', expected, got: show(got), tryThis });
}

/**
 * The parameters of a benchmark's space, each after those that its conditions name. The space is a list of parameters with names, a map of
 * parameters by name, or ConfigSpace's `{hyperparameters, conditions}`; conditions stand beside a parameter or in a list of their own.
 * @param conditions the list beside the space; undefined for none.
 */
export function readParameters(space: unknown, conditions?: unknown): ParametersReading {
  try {
    const config = record(space);
    const list = config && Array.isArray(config['hyperparameters']) ? config['hyperparameters'] : space;
    if (config && hasEntries(config['forbiddens']))
      fail(['space', 'forbiddens'], 'no forbidden combinations', config['forbiddens'], 'conditions instead');
    const written = named(list);
    const own = written.map(({ name, path, form }) => readOne(name, path, form));
    const common = [
      ...readConditions(conditions, ['conditions'], fail),
      ...(config
        ? readConditions(config === list ? undefined : config['conditions'], ['space', 'conditions'], fail)
        : []),
    ];
    const parameters = own.map(({ parameter, when }) => {
      const mine = [...when, ...common.filter(({ child }) => child === parameter.name)];
      return {
        ...parameter,
        when: mine.map((condition) =>
          resolved(
            condition,
            own.map((one) => one.parameter),
          ),
        ),
      };
    });
    const stray = common.find(({ child }) => !parameters.some(({ name }) => name === child));
    if (stray) fail(stray.path, listOf(parameters.map(({ name }) => name)), stray.child, 'a name of the space');
    return { parameters: checked(ordered(parameters)) };
  } catch (error) {
    if (error instanceof ParameterProblem) return { problem: error.problem };
    throw error;
  }
}

function record(plain: unknown): Readonly<Record<string, unknown>> | null {
  const isMap = typeof plain === 'object' && plain !== null && !Array.isArray(plain);
  return isMap ? (plain as Readonly<Record<string, unknown>>) : null;
}

const hasEntries = (plain: unknown): boolean => Array.isArray(plain) && plain.length > 0;

interface Written {
  readonly name: string;
  readonly path: Path;
  readonly form: Readonly<Record<string, unknown>>;
}

function named(list: unknown): readonly Written[] {
  const map = record(list);
  const entries: readonly (readonly [string | number, unknown])[] = map
    ? Object.entries(map)
    : Array.isArray(list)
      ? list.map((one, index) => [index, one] as const)
      : fail(['space'], 'a list of parameters', list, 'the form that docs/simulation.md gives');
  if (entries.length === 0) fail(['space'], 'at least one parameter', list, 'adding one');
  const names = new Set<string>();
  return entries.map(([key, plain]) => {
    const path = ['space', key];
    const form = record(plain) ?? fail(path, 'a map with name and type', plain, '{"name": "x", "type": "float", …}');
    const name = typeof key === 'string' ? key : form['name'];
    if (typeof name !== 'string' || name === '') return fail([...path, 'name'], 'a name', name, 'adding it');
    if (names.has(name)) fail([...path, 'name'], 'each name once', name, 'another name');
    names.add(name);
    return { name, path, form };
  });
}

function readOne(
  name: string,
  path: Path,
  form: Readonly<Record<string, unknown>>,
): { readonly parameter: Parameter; readonly when: readonly ParentCondition[] } {
  const kind = kinds[String(form['type'])];
  if (kind === undefined)
    return fail([...path, 'type'], listOf(Object.keys(kinds)), form['type'], 'one of these types');
  const known = facts[kind].flatMap((fact): readonly string[] => spellings[fact]);
  const stray = Object.keys(form).find((key) => !['name', 'type', ...known].includes(key));
  if (stray !== undefined)
    fail([...path, stray], `${kind}: one of the keys ${listOf(known)}`, form[stray], 'leaving it out');
  const uneven = ['probabilities', 'weights'].find((key) => isUneven(form[key]));
  if (uneven !== undefined) fail([...path, uneven], 'equal weights', form[uneven], 'leaving it out');
  const found = (fact: Fact) => spellings[fact].find((key) => form[key] !== undefined && form[key] !== null);
  function take<T>(fact: keyof typeof schemas, schema: z.ZodType<T>): T {
    const key = found(fact) ?? spellings[fact][0];
    const parsed = schema.safeParse(form[key]);
    return parsed.success
      ? parsed.data
      : fail([...path, key], expectationOf(schema, form[key]) ?? 'a value', form[key], `adding ${fact}`);
  }
  const presetKey = found('preset');
  const preset = presetKey === undefined ? undefined : form[presetKey];
  const whenKey = found('when');
  const when = whenKey === undefined ? [] : readConditions(form[whenKey], [...path, whenKey], fail, name);
  const base = { name, when: [], confidence: 'low' } as const;
  switch (kind) {
    case 'float':
    case 'int': {
      const log = found('log') === undefined ? false : take('log', schemas.log);
      const step = found('step') === undefined ? {} : { step: take('step', schemas.step) };
      const numbers = { ...base, kind, low: take('low', schemas.low), high: take('high', schemas.high), log, ...step };
      if (preset !== undefined && typeof preset !== 'number')
        return fail([...path, String(presetKey)], 'a number', preset, 'leaving it out');
      return { parameter: preset === undefined ? numbers : { ...numbers, default: preset }, when };
    }
    case 'choice':
    case 'boolean': {
      const isBoolean = kind === 'boolean' && found('values') === undefined;
      const values = isBoolean ? [false, true] : take('values', schemas.values);
      const chosen = preset === undefined ? undefined : values.find((one) => isSameValue(one, preset));
      if (preset !== undefined && chosen === undefined)
        return fail([...path, String(presetKey)], `one of the values ${listOf(values)}`, preset, show(values[0]));
      return {
        parameter: { ...base, kind: 'choice', values, ...(chosen === undefined ? {} : { default: chosen }) },
        when,
      };
    }
    case 'constant':
      return { parameter: { ...base, kind: 'constant', value: take('value', schemas.value) }, when };
  }
}

function isUneven(weights: unknown): boolean {
  return Array.isArray(weights) && weights.some((weight) => weight !== weights[0]);
}

/** `true`, `"true"` and `"True"` are the same value, and so are 3 and `"3"`: files come from more than one language. */
export function isSameValue(value: ParameterValue, other: unknown): boolean {
  if (value === other) return true;
  if (typeof value === 'boolean') return typeof other === 'string' && String(value) === other.toLowerCase();
  return typeof value !== typeof other && typeof other !== 'boolean' && String(value) === String(other);
}

/** A condition on values as its parent has them. */
function resolved(condition: ParentCondition, parameters: readonly Parameter[]): Condition {
  const { parent, values, isExcluding, path } = condition;
  const target = parameters.find(({ name }) => name === parent);
  if (!target) return fail(path, listOf(parameters.map(({ name }) => name)), parent, 'a name of the space');
  if (target.kind !== 'choice') {
    if (isExcluding) return fail(path, 'EQ or IN where the parent is no choice', 'NEQ', 'the values that it may have');
    return { parameter: parent, values };
  }
  const named = values.map(
    (value) =>
      target.values.find((one) => isSameValue(one, value)) ??
      fail(path, `values of ${parent} (${listOf(target.values)})`, value, show(target.values[0])),
  );
  return { parameter: parent, values: isExcluding ? target.values.filter((one) => !named.includes(one)) : named };
}

/** Each parameter after those that it depends on, otherwise in the file's order. */
function ordered(parameters: readonly Parameter[]): readonly Parameter[] {
  const done: Parameter[] = [];
  let left = [...parameters];
  while (left.length > 0) {
    const ready = left.filter(({ when }) => when.every(({ parameter }) => done.some(({ name }) => name === parameter)));
    if (ready.length === 0)
      fail(['space'], 'conditions without a circle', left.map(({ name }) => name).join(', '), 'leaving one out');
    // One at a time keeps the file's order as far as it can be kept.
    const [next] = ready;
    if (next) done.push(next);
    left = left.filter((one) => one !== next);
  }
  return done;
}

function checked(parameters: readonly Parameter[]): readonly Parameter[] {
  const names = parameters.map(({ name }) => name);
  for (const [index, parameter] of parameters.entries()) {
    const problems = [...valueProblems(parameter), ...conditionProblems(parameter, parameters.slice(0, index), names)];
    const [problem] = problems;
    if (problem) throw new ParameterProblem({ ...problem, path: ['space', ...problem.path.slice(1)] });
  }
  return parameters;
}
