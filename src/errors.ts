/** The exit codes of every command; docs/commands.md explains them to users. */
export const exitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  interrupted: 3,
  fallback: 4,
} as const;

/**
 * Something a user handed over is not as expected. Printed as one line without a stack trace; the process ends with exit code 2.
 * The message reads `where: expected X, got Y; try Z`.
 */
export class InputError extends Error {
  constructor(
    readonly where: string,
    readonly expected: string,
    readonly got: string,
    readonly tryThis: string,
    options?: ErrorOptions,
  ) {
    super(`${where}: expected ${expected}, got ${got}; try ${tryThis}`, options);
    this.name = 'InputError';
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
