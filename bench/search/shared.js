import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../dist/errors.js';
import { inShared } from '../shared.js';

const folder = inShared('data/yahpo-lcbench');

/** The benchmark that methods are compared on. */
export const sharedBenchmark = join(folder, 'benchmark.json');

/** @throws InputError where the benchmark beside the checkout is wanted and not there. */
export function requireBenchmark(file) {
  if (file === sharedBenchmark && !existsSync(file))
    throw new InputError('--benchmark', 'a benchmark file', `${file}, which is not there`, 'HYPERBUDGET_SHARED=DIR');
}

/**
 * A file that a benchmark names: beside it, or among the shared material, where the benchmark was made from that.
 * @throws InputError where it is nowhere.
 */
export function modelFile(benchmark, name) {
  const places = [resolve(benchmark.directory, name), join(folder, basename(name))];
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new InputError(
      'model',
      'the ONNX file of the surrogate',
      `nothing at ${places.join(' or ')}`,
      'HYPERBUDGET_SHARED=DIR',
    );
  return found;
}
