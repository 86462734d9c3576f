import type { z } from 'zod';
import { expectationOf, listOf, type Path, show } from '../expectation.js';
import type { Problem } from './problem.js';
import type { ChoiceParameter, Condition, Parameter, ParameterValue } from './types.js';
import { fromUnit, gridSize, gridStep, isOnGrid, type NumericParameter, toUnit } from './unit.js';

/**
 * Rules about a parameter's values that the form of a space cannot say.
 *
 * @param schema what the trainer takes for this parameter
 */
export function valueProblems(parameter: Parameter, schema?: z.ZodType): readonly Problem[] {
  const own =
    parameter.kind === 'choice'
      ? choiceProblems(parameter)
      : parameter.kind === 'constant'
        ? []
        : numericProblems(parameter);
  if (own.length > 0 || schema === undefined) return own;
  return namedValues(parameter).flatMap(([path, value]) => {
    const expected = expectationOf(schema, value);
    return expected === undefined ? [] : [problem(path, expected, show(value), expected)];
  });
}

/** Rules about what a parameter's conditions name. */
export function conditionProblems(
  parameter: Parameter,
  earlier: readonly Parameter[],
  declared: readonly string[],
): readonly Problem[] {
  return parameter.when.flatMap((condition) => {
    const path = ['parameters', parameter.name, 'when', condition.parameter];
    const target = earlier.find(({ name }) => name === condition.parameter);
    if (target !== undefined) return impossibleValues(condition, target, path);
    const candidates = listOf(earlier.map(({ name }) => name)) || 'a parameter declared above this one';
    const position = declared.indexOf(condition.parameter);
    // Earlier by position but not among the readable ones: its own problem is told already.
    if (position >= 0 && position < declared.indexOf(parameter.name)) return [];
    const got =
      position < 0 ? `${condition.parameter}, which is not declared` : `${condition.parameter}, declared later`;
    const tryThis = position < 0 ? candidates : `moving ${condition.parameter} above ${parameter.name}`;
    return [{ path, at: 'key' as const, expected: 'a parameter declared earlier', got, tryThis }];
  });
}

function problem(path: Path, expected: string, got: string, tryThis: string): Problem {
  return { path, at: 'value', expected, got, tryThis };
}

function numericProblems(parameter: NumericParameter): readonly Problem[] {
  const { name, low, high, log, step } = parameter;
  const at = (key: string): Path => ['parameters', name, key];
  if (low > high) {
    return [problem(at('low'), `a number of at most high (${high})`, String(low), `low: ${high}, high: ${low}`)];
  }
  const widest = parameter.kind === 'int' ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
  if (high - low > widest) {
    return [problem(at('high'), `a number of at most low + ${widest}`, String(high), 'a smaller range')];
  }
  if (log && low <= 0) {
    return [
      problem(at('low'), 'a number above 0 because log is true', String(low), 'a small number above 0 or log: false'),
    ];
  }
  if (step !== undefined && step > high - low) {
    const width = high - low;
    return [problem(at('step'), `a number of at most high - low (${width})`, String(step), `${width || 'a constant'}`)];
  }
  if ((gridSize(parameter) ?? 0) > Number.MAX_SAFE_INTEGER) {
    return [problem(at('step'), 'a step that can be counted from low to high', String(step), 'leaving it out')];
  }
  const preset = parameter.default;
  if (preset === undefined || isOnGrid(parameter, preset)) return [];
  const nearest = String(fromUnit(parameter, toUnit(parameter, preset)));
  if (preset < low || preset > high) {
    return [problem(at('default'), `a number in [${low}, ${high}]`, String(preset), nearest)];
  }
  return [problem(at('default'), `${low} plus a multiple of step (${gridStep(parameter)})`, String(preset), nearest)];
}

function choiceProblems(parameter: ChoiceParameter): readonly Problem[] {
  const { name, values } = parameter;
  const repeated = values.findIndex((value, index) => values.indexOf(value) < index);
  if (repeated >= 0) {
    const path = ['parameters', name, 'values', repeated];
    return [problem(path, 'each value once', `${show(values[repeated])} again`, 'leaving it out')];
  }
  const preset = parameter.default;
  if (preset === undefined || values.includes(preset)) return [];
  return [
    problem(['parameters', name, 'default'], `one of the values ${listOf(values)}`, show(preset), show(values[0])),
  ];
}

/** The values that the author wrote down, with their places. */
function namedValues(parameter: Parameter): readonly (readonly [Path, ParameterValue])[] {
  const top: Path = ['parameters', parameter.name];
  if (parameter.kind === 'constant') return [[top, parameter.value]];
  const preset: (readonly [Path, ParameterValue])[] =
    parameter.default === undefined ? [] : [[[...top, 'default'], parameter.default]];
  if (parameter.kind === 'choice') {
    return [...parameter.values.map((value, index) => [[...top, 'values', index], value] as const), ...preset];
  }
  return [[[...top, 'low'], parameter.low], [[...top, 'high'], parameter.high], ...preset];
}

function impossibleValues(condition: Condition, target: Parameter, path: Path): readonly Problem[] {
  if (target.kind === 'float' && target.step === undefined) {
    const got = `${target.name}, a float without steps`;
    return [{ path, at: 'key', expected: 'a parameter that takes single values', got, tryThis: 'a choice or an int' }];
  }
  const wrong = condition.values.find((value) => !canTake(target, value));
  if (wrong === undefined) return [];
  const expected = `a value that ${target.name} can take (${possible(target)})`;
  return [problem(path, expected, show(wrong), possible(target))];
}

function canTake(parameter: Parameter, value: ParameterValue): boolean {
  if (parameter.kind === 'choice') return parameter.values.includes(value);
  if (parameter.kind === 'constant') return parameter.value === value;
  return typeof value === 'number' && isOnGrid(parameter, value);
}

function possible(parameter: Parameter): string {
  if (parameter.kind === 'choice') return listOf(parameter.values);
  if (parameter.kind === 'constant') return String(parameter.value);
  return `${parameter.low} to ${parameter.high} in steps of ${gridStep(parameter)}`;
}
