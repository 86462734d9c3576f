import type { z } from 'zod';

/** What schemas want and what stands there instead, in words. */

/** Where something stands in plain data: keys and indices from the top. */
export type Path = readonly (string | number)[];

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
export function listOf(values: readonly unknown[]): string {
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

export type Issue = z.core.$ZodIssue;

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'array') {
    return issue.code === 'too_small' ? 'a list with at least one value' : `a list of at most ${issue.maximum} values`;
  }
  if (issue.origin === 'string') return 'a text that is not empty';
  const word = issue.code === 'too_small' ? ['above', 'of at least'] : ['below', 'of at most'];
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  return `a number ${word[issue.inclusive ? 1 : 0]} ${limit}`;
}

/** What a schema wants where zod found something else, in words. */
export function expectedBy(issue: Issue): string {
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
