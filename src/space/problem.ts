import type { z } from 'zod';
import { nearestName } from './nearest.js';
import { knownKeys } from './schema.js';
import type { ParameterValue } from './types.js';

/** Where something stands in a written space: keys and indices from the top. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a written search space. */
export interface Problem {
  readonly path: Path;
  /** Whether the key is at fault (unknown, or what it should hold is missing) or the value. */
  readonly at: 'key' | 'value';
  readonly expected: string;
  readonly got: string;
  readonly tryThis: string;
}

/** What stands at a path of plain data; undefined where nothing does. */
export function valueAt(plain: unknown, path: Path): unknown {
  let value = plain;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

/** A value as a message shows it, at most 60 characters. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `a`, `a or b`, `a, b or c`. */
export function listOf(values: readonly (ParameterValue | bigint | null | undefined)[]): string {
  const texts = values.map(String);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'an integer',
  string: 'a text',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

type Issue = z.core.$ZodIssue;

/** The alternatives of a union that fit the value's own type, so that the message is about what the author meant. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const isRootMismatch = (inner: Issue): boolean =>
    inner.path.length === 0 && ['invalid_type', 'invalid_value', 'invalid_union'].includes(inner.code);
  return issue.errors.find((branch) => !branch.some(isRootMismatch));
}

function suggestion(expected: string, value: unknown): string {
  if (typeof value !== 'string') return value === undefined || value === null ? 'adding it' : expected;
  if (expected === 'true or false' && /^(y|yes|on)$/i.test(value)) return 'true (in YAML 1.2 yes and on are texts)';
  if (expected === 'true or false' && /^(n|no|off)$/i.test(value)) return 'false (in YAML 1.2 no and off are texts)';
  const bare = value.replaceAll('_', '');
  if (/number|integer/.test(expected) && bare !== '' && Number.isFinite(Number(bare))) {
    return `${Number(bare)} without quotes or underscores`;
  }
  return expected;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'array') {
    return issue.code === 'too_small' ? 'a list with at least one value' : `a list of at most ${issue.maximum} values`;
  }
  if (issue.origin === 'string') return 'a text that is not empty';
  const word = issue.code === 'too_small' ? ['above', 'of at least'] : ['below', 'of at most'];
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  return `a number ${word[issue.inclusive ? 1 : 0]} ${limit}`;
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return listOf(issue.values.map(String));
    case 'too_small':
    case 'too_big':
      return bound(issue);
    default:
      return issue.message;
  }
}

/** What a schema wants instead of a value, in words; undefined where the value is fine. */
export function expectationOf(schema: z.ZodType, value: unknown): string | undefined {
  const issue = schema.safeParse(value).error?.issues[0];
  return issue === undefined ? undefined : expectedBy(issue);
}

/**
 * Says in words what zod found wrong.
 *
 * @param plain the whole written space
 * @param prefix where the issue's own path starts
 */
export function problemsOf(issue: Issue, plain: unknown, prefix: Path = []): readonly Problem[] {
  const path: Path = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownName([...path, key], key, 'keys', knownKeys(path, plain)));
  }
  const meant = issue.code === 'invalid_union' ? meantBranch(issue) : undefined;
  if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, plain, path));
  const value = valueAt(plain, path);
  const expected = expectedBy(issue);
  const at = value === undefined ? 'key' : 'value';
  return [{ path, at, expected, got: show(value), tryThis: suggestion(expected, value) }];
}

/** A key or parameter name that is not among the known ones. */
export function unknownName(path: Path, name: string, what: string, known: readonly string[]): Problem {
  const nearest = nearestName(name, known);
  const expected =
    known.length <= 10 ? `one of the ${what} ${listOf(known)}` : `one of the ${known.length} known ${what}`;
  return { path, at: 'key', expected, got: name, tryThis: nearest ?? listOf(known) };
}
