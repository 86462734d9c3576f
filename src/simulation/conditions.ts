import { listOf, type Path, show } from '../expectation.js';
import type { ParameterValue } from '../space/types.js';

/** One condition as a file has it: `child` is active only while `parent` has, or has not, one of the values. */
export interface ParentCondition {
  readonly child: string;
  readonly parent: string;
  readonly values: readonly ParameterValue[];
  readonly isExcluding: boolean;
  /** Where it stands, for messages. */
  readonly path: Path;
}

/** How a problem is told; never returns. */
export type Fail = (path: Path, expected: string, got: unknown, tryThis: string) => never;

type Plain = Readonly<Record<string, unknown>>;

const operators: Readonly<Record<string, boolean>> = {
  EQ: false,
  IN: false,
  NEQ: true,
  EQUALS: false,
  EQUALSCONDITION: false,
  INCONDITION: false,
  NOTEQUALSCONDITION: true,
};
const valueKeys = ['value', 'values', 'equals', 'in'];

/**
 * Conditions in the forms `{child, parent, type: EQ | IN | NEQ, value | values}` (ConfigSpace's), `{type: AND, components}`, lists of these, and,
 * beside a parameter, `{parent, values}` without child or `{NAME: value or values}`. All of them must hold.
 * @param child the parameter that they stand beside; undefined in a list of their own.
 */
export function readConditions(plain: unknown, path: Path, fail: Fail, child?: string): readonly ParentCondition[] {
  if (plain === undefined || plain === null) return [];
  if (Array.isArray(plain)) return plain.flatMap((one, index) => readConditions(one, [...path, index], fail, child));
  if (typeof plain !== 'object') return fail(path, 'a condition such as {parent, values}', plain, 'leaving it out');
  const form = plain as Plain;
  const operator = typeof form['type'] === 'string' ? form['type'].toUpperCase() : undefined;
  if (operator === 'AND' && Array.isArray(form['components'])) {
    const own = typeof form['child'] === 'string' ? form['child'] : child;
    return readConditions(form['components'], [...path, 'components'], fail, own);
  }
  const parent = form['parent'] ?? (valueKeys.some((key) => key in form) ? form['parameter'] : undefined);
  if (parent !== undefined) return [readOne(form, parent, operator, path, fail, child)];
  if (child === undefined) return fail(path, 'child, parent, type and value', show(plain), 'ConfigSpace’s form');
  return Object.entries(form).map(([name, values]) => ({
    child,
    parent: name,
    values: valuesOf(values, [...path, name], fail),
    isExcluding: false,
    path: [...path, name],
  }));
}

function readOne(
  form: Plain,
  parent: unknown,
  operator: string | undefined,
  path: Path,
  fail: Fail,
  beside: string | undefined,
): ParentCondition {
  const child = form['child'] ?? beside;
  if (typeof parent !== 'string') return fail([...path, 'parent'], 'the name of a parameter', parent, 'adding it');
  if (typeof child !== 'string') return fail([...path, 'child'], 'the name of a parameter', child, 'adding it');
  const isExcluding = operator === undefined ? false : operators[operator];
  if (isExcluding === undefined)
    return fail([...path, 'type'], 'EQ, IN, NEQ or AND', form['type'], 'the values that the parent may have');
  const key = valueKeys.find((one) => form[one] !== undefined);
  if (key === undefined) return fail(path, listOf(valueKeys), show(form), 'adding values');
  return { child, parent, values: valuesOf(form[key], [...path, key], fail), isExcluding, path };
}

function valuesOf(plain: unknown, path: Path, fail: Fail): readonly ParameterValue[] {
  const list: readonly unknown[] = Array.isArray(plain) ? plain : [plain];
  if (list.length === 0) return fail(path, 'at least one value', plain, 'leaving the condition out');
  return list.map((value) =>
    typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
      ? value
      : fail(path, 'a number, a text, true or false', value, 'such a value'),
  );
}
