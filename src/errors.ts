/** The exit codes of every command; docs/commands.md explains them to users. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  interrupted: 3,
  fallback: 4,
} as const;

/** Longest part of a message, in UTF-16 units: what was handed over may be of any length. */
const longestPart = 500;

/** Characters that break a line, steer a terminal or turn the direction of what follows. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text that stands in one line of a message, whatever it holds: control characters escaped as in JSON, the middle of a long one left out. */
export function oneLine(text: string, longest = longestPart): string {
  const half = Math.floor((longest - 1) / 2);
  const short = text.length > longest ? `${text.slice(0, half)}…${text.slice(-half)}` : text;
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return short.replace(/\r?\n/g, '\\n').replace(unprintable, escaped);
}

interface InputErrorOptions extends ErrorOptions {
  /** What else is wrong with the same input. */
  readonly further?: readonly InputError[];
}

/**
 * Something a user handed over is not as expected. Printed as one line without a stack trace, and what else is wrong as further lines; the
 * process ends with exit code 2. The message reads `where: expected X, got Y; try Z`, each part as `oneLine` has it.
 */
export class InputError extends Error {
  readonly further: readonly InputError[];

  constructor(
    readonly where: string,
    readonly expected: string,
    readonly got: string,
    readonly tryThis: string,
    { further = [], ...options }: InputErrorOptions = {},
  ) {
    super(`${oneLine(where)}: expected ${oneLine(expected)}, got ${oneLine(got)}; try ${oneLine(tryThis)}`, options);
    this.name = 'InputError';
    this.further = further;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Marks a branch that the type checker proved unreachable; throws if data from outside gets there all the same. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

const memoryWords =
  /std::bad_alloc|OOM when allocating|Resource ?exhausted|OUT_OF_MEMORY|heap out of memory|failed to allocate|allocation failed|WebAssembly\.Memory|enlarge memory|memory access out of bounds/i;

/** Whether TensorFlow, V8, the C++ library or WebAssembly says here that it found no memory. */
export function saysOutOfMemory(text: string): boolean {
  return memoryWords.test(text);
}
