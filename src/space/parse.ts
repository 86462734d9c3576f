import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { InputError, messageOf } from '../errors.js';
import type { Path } from '../expectation.js';
import type { Problem } from './problem.js';
import type { SearchSpace } from './types.js';
import { readSpace, type SpaceOptions } from './validate.js';

/** A longer text is no search space, and reading it would take minutes: what YAML's aliases cost grows with the square of their number. */
const longestText = 2 ** 18;

/** Problems that are looked for in the text to find the first ones. */
const mostPlaced = 1000;

/** Of a file of which nothing is right nobody reads on. */
const mostTold = 20;

/** Aliases multiply what a short file says; more than this many uses of one anchor is an attack or a mistake. */
const maxAliasCount = 100;

/**
 * Reads a search space from the text of a YAML 1.2 file (docs/search-spaces.md).
 *
 * @param fileName how errors name the file
 * @throws InputError whose `where` is `file:line:column` and the path in the file; the first problem by position, with 19 further ones
 *   and the number of what is left
 */
export function parseSearchSpace(text: string, fileName: string, options: SpaceOptions = {}): SearchSpace {
  if (text.length > longestText) {
    const got = `${text.length} characters`;
    throw new InputError(fileName, `a search space of at most ${longestText} characters`, got, 'fewer parameters');
  }
  const lines = new LineCounter();
  const document = parseYaml(text, fileName, lines);
  const at = (offset: number, path: Path = []): string => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return `${fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}${path.length === 0 ? '' : ` ${path.join('.')}`}`;
  };
  const flaws = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (flaws.length > 0) {
    throw together(
      flaws.map(({ code, message, pos: [offset] }) => {
        if (code !== 'DUPLICATE_KEY')
          return { where: at(offset), expected: 'valid YAML', got: firstLine(message), tryThis: 'mending this line' };
        const key = /^[^\s:{}[\],]+/.exec(text.slice(offset))?.[0] ?? '';
        return { where: at(offset), expected: 'each key once', got: `${key} again`, tryThis: 'one of the two' };
      }),
      flaws.length,
    );
  }
  const reading = readSpace(toPlain(document, at), options);
  if (reading.ok) return reading.space;
  const placed = reading.problems
    .slice(0, mostPlaced)
    .map((problem) => ({ problem, offset: offsetOf(document, problem) }))
    .sort((a, b) => a.offset - b.offset);
  throw together(
    placed.map(({ offset, problem }) => ({ where: at(offset, problem.path), ...problem })),
    reading.problems.length,
  );
}

/** What an error about one place says. */
type Told = Pick<InputError, 'where' | 'expected' | 'got' | 'tryThis'>;

/**
 * One error for everything that is wrong, of which the first problems are told and the rest counted.
 * @param problems by position, at least one.
 * @param count of all problems.
 */
function together(problems: readonly Told[], count: number): InputError {
  const told = problems.slice(0, mostTold);
  const [first, ...further] = told.map((one, index) => {
    const left = index === told.length - 1 ? count - told.length : 0;
    const rest = left === 0 ? '' : ` (and ${left} more ${left === 1 ? 'problem' : 'problems'})`;
    return { ...one, tryThis: `${one.tryThis}${rest}` };
  });
  if (first === undefined) throw new Error('a reading without a space and without problems');
  const errorOf = ({ where, expected, got, tryThis }: Told, others: readonly InputError[] = []) =>
    new InputError(where, expected, got, tryThis, { further: others });
  return errorOf(
    first,
    further.map((one) => errorOf(one)),
  );
}

function parseYaml(text: string, fileName: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The parser calls itself for each level.
    throw new InputError(
      fileName,
      'a map with name and parameters',
      'thousands of levels in one another',
      'mending it',
      {
        cause: error,
      },
    );
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function toPlain(document: Document.Parsed, at: (offset: number) => string): unknown {
  const { contents } = document;
  const wanted = 'a map with name and parameters';
  const example = 'the example in docs/search-spaces.md';
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    throw new InputError(at(0), wanted, 'an empty file', example);
  }
  if (!isMap(contents)) {
    throw new InputError(at(contents.range[0]), wanted, isSeq(contents) ? 'a list' : 'a single value', example);
  }
  try {
    return document.toJS({ maxAliasCount });
  } catch (error) {
    // The only thing that `toJS` refuses after a clean parse are aliases: too many uses, or an anchor inside itself.
    throw new InputError(at(0), 'few aliases', firstLine(messageOf(error)), 'writing the values out', { cause: error });
  }
}

/** Where a problem stands in the text: its value, its key, or the nearest thing around it that exists. */
function offsetOf(document: Document.Parsed, problem: Problem): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of problem.path.entries()) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    const isLast = depth === problem.path.length - 1;
    if (isMap(holder)) {
      const pair = holder.items.find(({ key: name }) => isScalar(name) && String(name.value) === String(key));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      if (isLast && problem.at === 'key') return offset;
      node = pair.value;
    } else if (isSeq(holder) && typeof key === 'number') {
      node = holder.items[key];
    } else {
      return offset;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null ? ((node as Partial<Node>).range?.[0] ?? undefined) : undefined;
}
