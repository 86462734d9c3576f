import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../dist/errors.js';

/** The benchmark that methods are compared on, beside the checkout; only benches read it. */
export const sharedBenchmark = fileURLToPath(
  new URL('../../../shared/data/yahpo-lcbench/benchmark.json', import.meta.url),
);

/** @throws InputError where the benchmark beside the checkout is wanted and not there. */
export function requireBenchmark(file) {
  if (file === sharedBenchmark && !existsSync(file))
    throw new InputError('--benchmark', 'a benchmark file', `${file}, which is not there`, '--benchmark FILE');
}
