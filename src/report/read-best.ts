import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { InputError, messageOf } from '../errors.js';
import { readInputFile } from '../input-file.js';
import { type BestFile, parseBest } from './best.js';

type Path = readonly PropertyKey[];

/** What a hundred thousand configurations take. */
const mostBytes = 64 * 2 ** 20;
/** A best.json has 8; what shows values and places calls itself for each level. */
const deepest = 100;
/** In a longer text places are not looked for: that takes a hundred times its size in memory. */
const longestPlaced = 2 ** 17;

/**
 * Reads a best.json. Nothing in it is executed: it is parsed as JSON and checked against the schema.
 * @throws InputError naming file, line and column of what is not as expected.
 */
export function readBest(path: string): BestFile {
  const text = readText(path);
  const value = parseJson(path, text);
  if (depthOf(text) > deepest) {
    const got = 'more levels than that in one another';
    throw new InputError(
      path,
      `a best.json of at most ${deepest} levels`,
      got,
      'the form that docs/best-json.md gives',
    );
  }
  const parsed = parseBest(value);
  if (parsed.success) return parsed.data;
  const version = valueAt(value, ['version']);
  if (typeof version === 'number' && version !== 1) {
    const newer = 'the version of hyperbudget that wrote it';
    throw new InputError(`${path}:${position(text, ['version'])}`, 'version 1', `version ${version}`, newer);
  }
  throw describe(path, text, value, parsed.error.issues[0]);
}

function readText(path: string): string {
  const tryThis = 'the path of an existing file';
  return readInputFile({ path, expected: 'a best.json', tryThis, mostBytes }).toString('utf8');
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Where V8 gives no position, the text ended too early.
    const offset = Number(/at position (\d+)/.exec(messageOf(error))?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    const where = `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new InputError(where, 'JSON', messageOf(error), '`hyperbudget export` to write the file again', {
      cause: error,
    });
  }
}

/** How many lists and objects stand in one another in a JSON text. */
function depthOf(text: string): number {
  let [depth, most, isText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isText && character === '\\') at++;
    else if (character === '"') isText = !isText;
    else if (!isText && (character === '[' || character === '{')) most = Math.max(most, ++depth);
    else if (!isText && (character === ']' || character === '}')) depth--;
  }
  return most;
}

function describe(path: string, text: string, value: unknown, issue: z.core.$ZodIssue | undefined): InputError {
  const key = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const at = [...(issue?.path ?? []), ...(key === undefined ? [] : [key])];
  const got = JSON.stringify(valueAt(value, at)) ?? 'nothing';
  const what = key !== undefined ? `no key "${key}"` : `${at.join('.')}: ${expectation(issue)}`.replace(/^: /, '');
  return new InputError(
    `${path}:${position(text, at)}`,
    what,
    got.length > 60 ? `${got.slice(0, 57)}...` : got,
    'the form that docs/best-json.md gives',
  );
}

function expectation(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return issue.expected;
  return issue?.message ?? 'a best.json';
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** `line:column` of what stands at a path, or of the nearest thing around it. JSON is YAML too, and that parser keeps positions. */
function position(text: string, path: Path): string {
  if (text.length > longestPlaced) return '1:1';
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    if (start === undefined) continue;
    const { line, col } = lineCounter.linePos(start);
    return `${line}:${col}`;
  }
  return '1:1';
}
