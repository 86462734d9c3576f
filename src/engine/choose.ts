import { InputError, messageOf } from '../errors.js';
import type { Engine, EngineChoice, UnavailableEngine } from './engine.js';
import { createWasmEngine } from './kernels/wasm.js';
import { selfTest } from './self-test.js';

interface Candidate {
  readonly name: string;
  readonly create: () => Promise<Engine>;
}

/** Best first. */
export const candidates: readonly Candidate[] = [{ name: 'wasm', create: createWasmEngine }];

async function start({ create }: Candidate): Promise<Engine> {
  const engine = await create();
  await selfTest(engine);
  return engine;
}

/**
 * Starts the best engine that runs a small training step rightly, and says why better ones do not.
 * @param only the name of the one engine to try.
 * @param among the engines to try, best first.
 * @throws InputError when `only` is unknown or does not run here; Error when no engine runs.
 */
export async function chooseEngine(only?: string, among: readonly Candidate[] = candidates): Promise<EngineChoice> {
  if (only !== undefined && !among.some(({ name }) => name === only)) {
    throw new InputError('engine', among.map(({ name }) => name).join(', '), only, 'leaving the choice to the program');
  }
  const unavailable: UnavailableEngine[] = [];
  for (const candidate of among) {
    if (only !== undefined && candidate.name !== only) continue;
    try {
      return { engine: await start(candidate), unavailable, precisions: [] };
    } catch (error) {
      const reason = messageOf(error);
      if (only !== undefined) {
        throw new InputError('engine', `${only} to run here`, reason, 'leaving the choice to the program', {
          cause: error,
        });
      }
      unavailable.push({ name: candidate.name, reason });
    }
  }
  throw new Error(`no engine runs here: ${unavailable.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`);
}
