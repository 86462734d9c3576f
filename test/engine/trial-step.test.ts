import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Feed, ProgramName, Session } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { namedPrograms } from '../../src/engine/named-programs.js';
import { measureStep, warmUpSteps } from '../../src/engine/trial-step.js';
import type { TrainingPrograms } from '../../src/program/types.js';
import { evaluateProgram } from '../program/reference.js';

let wasm: Engine;
beforeAll(async () => {
  wasm = await createWasmEngine();
});

const tiny = { batchSize: 10, side: 8, width: 4, steps: 10, seconds: 0 };

/** Runs programs on the reference evaluator. */
const reference: Pick<Engine, 'load'> = {
  load: async (programs: TrainingPrograms): Promise<Session> => {
    const values = new Map(programs.variables.map(({ name, shape }) => [name, new Float64Array(shape[0] ?? 0)]));
    return {
      run: async (name: ProgramName, feeds: Readonly<Record<string, Feed>>) => {
        const program = namedPrograms(programs).get(name);
        if (program === undefined) throw new Error(`no program ${name}`);
        const results = evaluateProgram(program, feeds, values);
        return Object.fromEntries(Object.entries(results).map(([key, value]) => [key, Float32Array.from(value)]));
      },
      read: async (name) => Float32Array.from(values.get(name) ?? []),
      write: (name, given) => {
        values.set(name, Float64Array.from(given));
      },
      dispose: () => undefined,
    };
  },
};

/** A clock that moves by a quarter of a second whenever it is read. */
function ticking(): () => number {
  let now = 100;
  return () => {
    now += 0.25;
    return now;
  };
}

describe('a trial step', () => {
  it('divides images by the clock’s seconds, warm-up left out', async () => {
    const { imagesPerSecond } = await measureStep(wasm, ticking(), { ...tiny, steps: warmUpSteps + 2 });
    expect(imagesPerSecond).toBe(40);
  });

  it('ends with the same loss however long it measures', async () => {
    const short = await measureStep(wasm, ticking(), tiny);
    const long = await measureStep(wasm, ticking(), { ...tiny, seconds: 5 });
    expect(long).toEqual(short);
  });

  it('learns', async () => {
    const { loss } = await measureStep(wasm, ticking(), { ...tiny, steps: 40 });
    expect(loss).toBeLessThan(0.8 * Math.log(10));
  });

  it('comes to the reference evaluator’s loss', async () => {
    const expected = await measureStep({ ...wasm, ...reference }, ticking(), tiny);
    const { loss } = await measureStep(wasm, ticking(), tiny);
    expect(loss).toBeCloseTo(expected.loss, 3);
  });
});
