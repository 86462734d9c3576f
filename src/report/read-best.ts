import { isNode, LineCounter, parseDocument } from 'yaml';
import { InputError, messageOf } from '../errors.js';
import { expectedBy, type Issue, type Path, show, valueAt } from '../expectation.js';
import { readInputFile } from '../input-file.js';
import { type BestFile, parseBest } from './best.js';

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
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  throw describe(path, text, value, issue);
}

function readText(path: string): string {
  const tryThis = 'the path of an existing file';
  return readInputFile({ path, expected: 'a best.json', tryThis, mostBytes }).toString('utf8');
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const offset = offsetOf(messageOf(error), text);
    const before = text.slice(0, offset).split('\n');
    const where = `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    const got = offset < text.length ? show(text[offset]) : 'the end of the file';
    throw new InputError(where, 'JSON', got, '`npx hyperbudget export` to write the file again', { cause: error });
  }
}

/** Where the parser has stopped. It names the place, or the character that is no JSON there, or says that the text ended too early. */
function offsetOf(message: string, text: string): number {
  const told = /at position (\d+)/.exec(message)?.[1];
  if (told !== undefined) return Number(told);
  const [complaint] = /^Unexpected token '.+?'/s.exec(message) ?? [];
  if (complaint === undefined) return text.length;
  // The shortest beginning of the text that brings the same complaint ends with that character.
  let [low, high] = [0, text.length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (complaintOf(text.slice(0, middle)).startsWith(complaint)) high = middle;
    else low = middle;
  }
  return low;
}

function complaintOf(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return messageOf(error);
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

function describe(path: string, text: string, value: unknown, issue: Issue): InputError {
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const at = [...issue.path, ...key].map((part) => (typeof part === 'number' ? part : String(part)));
  const where = `${path}:${position(text, at)}${at.length === 0 ? '' : ` ${at.join('.')}`}`;
  const expected = key.length > 0 ? 'no key of this name' : expectedBy(issue);
  return new InputError(where, expected, show(valueAt(value, at)), 'the form that docs/best-json.md gives');
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
