import { candidates, chooseEngine } from '../../src/engine/choose.js';
import type { Engine } from '../../src/engine/engine.js';
import { messageOf } from '../../src/errors.js';
import type { Precision } from '../../src/program/precision.js';

const asked = (process.env['HYPERBUDGET_TEST_ENGINES'] ?? 'wasm').split(',');

/**
 * Engines that must run here, each in its precisions: an absent one is then a failure. `HYPERBUDGET_TEST_ENGINES=wasm,native-cpu:bf16` names
 * them; without a precision f32 is meant.
 */
const required: ReadonlySet<string> = new Set(asked.map((name) => (name.includes(':') ? name : `${name}:f32`)));

export function isRequired(name: string, precision: Precision = 'f32'): boolean {
  return required.has(`${name}:${precision}`);
}

/** The engine, or why it does not run here. @param env the environment of its process. */
export async function findEngine(
  name: string,
  precision: Precision = 'f32',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine | string> {
  try {
    const request = { only: name, precision };
    return (await chooseEngine(request, () => performance.now() / 1000, candidates(env))).engine;
  } catch (error) {
    return messageOf(error);
  }
}
