import type { z } from 'zod';
import { parseDuration } from '../budget/duration.js';
import { InputError } from '../errors.js';
import { valueAt } from '../expectation.js';
import { largestHalving, mostTrials } from '../scheduler/brackets.js';
import { conditionProblems, valueProblems } from './check.js';
import { type Problem, problemsOf, unknownName } from './problem.js';
import {
  leastReserveSeconds,
  mostEntries,
  type ParameterForm,
  parameterForm,
  parameterName,
  type SpaceForm,
  spaceForm,
} from './schema.js';
import type { BudgetSettings, Condition, Parameter, SearchSpace } from './types.js';

export interface SpaceOptions {
  /** The names that may be declared; any well-formed name when left out. */
  readonly knownParameters?: readonly string[];
  /** What the trainer takes, by parameter; bounds, defaults, choices and constants are checked against it. */
  readonly valueSchemas?: Readonly<Record<string, z.ZodType>>;
}

/** A space, or everything that is wrong with it; one of both is empty. */
export type Reading =
  | { readonly ok: true; readonly space: SearchSpace }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a search space from plain data, the content of its YAML file for example. */
export function readSpace(plain: unknown, options: SpaceOptions = {}): Reading {
  const written = valueAt(plain, ['parameters']);
  const names = typeof written === 'object' && written !== null && !Array.isArray(written) ? Object.keys(written) : [];
  if (names.length > mostEntries) {
    const expected = `at most ${mostEntries} parameters`;
    return { ok: false, problems: [problem(['parameters'], expected, String(names.length), 'fewer')] };
  }
  const parsed = spaceForm.safeParse(plain);
  const problems: Problem[] = parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOf(issue, plain));
  const parameters: Parameter[] = [];
  for (const name of names) {
    problems.push(...nameProblems(name, options));
    const form = parameterForm.safeParse(valueAt(plain, ['parameters', name]));
    if (!form.success) continue;
    const parameter = toParameter(name, form.data);
    problems.push(
      ...valueProblems(parameter, schemaOf(name, options)),
      ...conditionProblems(parameter, parameters, names),
    );
    parameters.push(parameter);
  }
  if (names.length === 0 && parsed.success) {
    problems.push(problem(['parameters'], 'at least one parameter', 'none', 'optimizer.learningRate'));
  }
  if (parsed.success) {
    problems.push(...ladderProblems(parsed.data.scheduler));
    const { unit } = parsed.data.scheduler;
    for (const key of ['subset', 'classes', 'resolution'] as const) {
      // An epoch of a small subset, or a sample of few pixels, says nothing about the seconds of the next rung's.
      const factor = parsed.data.fidelity[key];
      if (unit === 'seconds' || factor === 1) continue;
      const expected = `1 while rungs are counted in ${unit}`;
      problems.push(problem(['fidelity', key], expected, String(factor), 'scheduler.unit: seconds'));
    }
    const budget = readBudget(parsed.data.budget, problems);
    const { maxEpochs, ...rest } = parsed.data.final;
    if (maxEpochs !== undefined && unit !== 'epochs')
      problems.push(
        problem(['final', 'maxEpochs'], 'scheduler.unit: epochs beside it', `unit: ${unit}`, 'leaving it out'),
      );
    if (problems.length === 0) {
      const { name, scheduler, fidelity } = parsed.data;
      const final = { ...rest, ...(maxEpochs === undefined ? {} : { maxEpochs }) };
      return { ok: true, space: { name, parameters, scheduler, fidelity, budget, final } };
    }
  }
  return { ok: false, problems: problems.filter((one) => !isMisspelt(one, problems)) };
}

/** Whether a missing key stands there all the same under a name that is told as unknown. */
function isMisspelt({ path, at, got }: Problem, problems: readonly Problem[]): boolean {
  if (at !== 'key' || got !== 'nothing') return false;
  const holder = path.slice(0, -1).join('.');
  return problems.some((other) => other.tryThis === path.at(-1) && other.path.slice(0, -1).join('.') === holder);
}

/** What the trainer takes; a parameter may have the name of something that every object has. */
function schemaOf(name: string, { valueSchemas }: SpaceOptions): z.ZodType | undefined {
  return valueSchemas !== undefined && Object.hasOwn(valueSchemas, name) ? valueSchemas[name] : undefined;
}

/** Rules about the distance of the highest rung from the lowest. */
function ladderProblems({ kind, unit, min, max, eta }: SpaceForm['scheduler']): readonly Problem[] {
  if (max === 'auto') return [];
  const path = ['scheduler', 'max'];
  if (kind === 'single-rung' && max !== min) {
    return [problem(path, `auto or min (${min}), as a single rung has one length`, String(max), 'auto')];
  }
  if (max < min) return [problem(path, `auto or a number of at least min (${min})`, String(max), 'auto')];
  if (eta ** largestHalving(min, max, eta, unit === 'epochs') <= mostTrials) return [];
  const expected = `a max so near to min (${min}) that a bracket starts at most ${mostTrials} trials`;
  return [problem(path, expected, String(max), 'auto, or a larger min')];
}

function problem(path: Problem['path'], expected: string, got: string, tryThis: string): Problem {
  return { path, at: 'value', expected, got, tryThis };
}

function nameProblems(name: string, { knownParameters }: SpaceOptions): readonly Problem[] {
  const path = ['parameters', name];
  if (knownParameters !== undefined && !knownParameters.includes(name)) {
    return [unknownName(path, name, 'parameters', knownParameters)];
  }
  if (parameterName.test(name)) return [];
  const expected = 'a name of letters, digits, dots, dashes and underscores that starts with a letter';
  return [{ path, at: 'key', expected, got: JSON.stringify(name), tryThis: 'network.width' }];
}

function readBudget(form: SpaceForm['budget'], problems: Problem[]): BudgetSettings {
  const { reserve, ...shares } = form;
  const { minSearchShare, maxSearchShare } = shares;
  if (maxSearchShare !== 'auto' && minSearchShare > maxSearchShare) {
    const expected = `at most maxSearchShare (${maxSearchShare})`;
    problems.push(problem(['budget', 'minSearchShare'], expected, String(minSearchShare), '0.1'));
  }
  if (reserve === 'auto') return { ...shares, reserveSeconds: 'auto' };
  try {
    const reserveSeconds = parseDuration(String(reserve), 'reserve');
    if (reserveSeconds < leastReserveSeconds) {
      const expected = `auto or at least ${leastReserveSeconds} s`;
      problems.push(problem(['budget', 'reserve'], expected, JSON.stringify(reserve), 'auto or 20s'));
    }
    return { ...shares, reserveSeconds };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(problem(['budget', 'reserve'], `auto or ${error.expected}`, error.got, 'auto or 20s'));
    return { ...shares, reserveSeconds: 'auto' };
  }
}

function toParameter(name: string, form: ParameterForm): Parameter {
  if (typeof form !== 'object') return { kind: 'constant', name, value: form, when: [], confidence: 'medium' };
  const when: readonly Condition[] = Object.entries(form.when).map(([parameter, values]) => ({
    parameter,
    values: Array.isArray(values) ? values : [values],
  }));
  if (form.type === 'constant') return { kind: 'constant', name, value: form.value, when, confidence: 'medium' };
  const base = { name, when, confidence: form.confidence };
  if (form.type === 'choice') {
    const { values } = form;
    return { kind: 'choice', ...base, values, ...(form.default === undefined ? {} : { default: form.default }) };
  }
  const { low, high, log, step } = form;
  return {
    kind: form.type,
    ...base,
    low,
    high,
    log,
    ...(step === undefined ? {} : { step }),
    ...(form.default === undefined ? {} : { default: form.default }),
  };
}
