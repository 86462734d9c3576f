import { parseArgs } from 'node:util';
import { InputError } from '../../dist/errors.js';

/** @throws InputError */
export function positive(name, text, isWhole = true) {
  const value = Number(text);
  if (value > 0 && (!isWhole || Number.isInteger(value))) return value;
  throw new InputError(name, `a positive ${isWhole ? 'whole ' : ''}number`, String(text), `${name} 3`);
}

/** What says which runs are made of a data set, for `parseArgs`. */
export const runOptions = {
  seeds: { type: 'string', default: '3' },
  'first-seed': { type: 'string', default: '0' },
  splits: { type: 'string', default: '1' },
  output: { type: 'string', short: 'o' },
};

/** @throws InputError */
export function runsOf(values) {
  const seeds = positive('--seeds', values.seeds);
  const first = Number(values['first-seed']);
  if (!Number.isInteger(first)) throw new InputError('--first-seed', 'a whole number', values['first-seed'], '0');
  return {
    seeds: Array.from({ length: seeds }, (_, index) => first + index),
    splits: Array.from({ length: positive('--splits', values.splits) }, (_, index) => index),
    output: values.output,
  };
}

/** The entries of `all` that a comma-separated list names; all without one. @throws InputError */
export function chosenOf(name, all, list) {
  const names = list?.split(',').map((word) => word.trim()) ?? Object.keys(all);
  const stray = names.find((one) => !Object.hasOwn(all, one));
  if (stray !== undefined) throw new InputError(name, `some of ${Object.keys(all).join(', ')}`, stray, 'one of these');
  return names;
}

/** Runs a bench on the words of its command line; what is wrong with these is told in one line. */
export async function withArguments(name, words, settings, bench) {
  // What is to be tidied up when the process exits would stay after a signal.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  try {
    await bench(parseArgs({ args: words, allowPositionals: true, ...settings }));
  } catch (error) {
    if (error.name !== 'InputError' && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 2;
  }
}
