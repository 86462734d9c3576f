import type { z } from 'zod';
import { expectedBy, type Issue, listOf, type Path, show, valueAt } from '../expectation.js';
import { nearestName } from './nearest.js';
import { knownKeys } from './schema.js';

/** One thing that is wrong with a written search space. */
export interface Problem {
  readonly path: Path;
  /** Whether the key is at fault (unknown, or what it should hold is missing) or the value. */
  readonly at: 'key' | 'value';
  readonly expected: string;
  readonly got: string;
  readonly tryThis: string;
}

/** The alternatives of a union that fit the value's own type, so that the message is about what the author meant. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const isRootMismatch = (inner: Issue): boolean =>
    inner.path.length === 0 && ['invalid_type', 'invalid_value', 'invalid_union'].includes(inner.code);
  return issue.errors.find((branch) => !branch.some(isRootMismatch));
}

function suggestion(issue: Issue, expected: string, value: unknown): string {
  if (typeof value !== 'string') return value === undefined || value === null ? 'adding it' : expected;
  if (issue.code === 'invalid_value') return nearestName(value, issue.values.map(String)) ?? expected;
  if (expected === 'true or false' && /^(y|yes|on)$/i.test(value)) return 'true (in YAML 1.2 yes and on are texts)';
  if (expected === 'true or false' && /^(n|no|off)$/i.test(value)) return 'false (in YAML 1.2 no and off are texts)';
  const bare = value.replaceAll('_', '');
  if (/number|integer/.test(expected) && bare !== '' && Number.isFinite(Number(bare))) {
    return `${Number(bare)} without quotes or underscores`;
  }
  return expected;
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
  return [{ path, at, expected, got: show(value), tryThis: suggestion(issue, expected, value) }];
}

/** A key or parameter name that is not among the known ones. */
export function unknownName(path: Path, name: string, what: string, known: readonly string[]): Problem {
  const nearest = nearestName(name, known);
  const expected =
    known.length <= 10 ? `one of the ${what} ${listOf(known)}` : `one of the ${known.length} known ${what}`;
  return { path, at: 'key', expected, got: name, tryThis: nearest ?? listOf(known) };
}
