import { describe, expect, it } from 'vitest';
import { candidates, chooseEngine } from '../../src/engine/choose.js';
import type { Engine } from '../../src/engine/engine.js';
import { messageOf } from '../../src/errors.js';
import type { Precision } from '../../src/program/precision.js';
import { engineContract, lossesOn, referenceLosses } from './contract.js';

/** Engines that must run here: an absent one is then a failure (`HYPERBUDGET_TEST_ENGINES=wasm,native-cpu`). */
const required = new Set((process.env['HYPERBUDGET_TEST_ENGINES'] ?? 'wasm').split(','));

/** A WebGPU engine has tests of its own: on a software adapter each of these would take seconds. */
const names = ['native-gpu', 'native-cpu', 'wasm'];

/** The engine, or why it does not run here. */
async function find(name: string, precision: Precision = 'f32'): Promise<Engine | string> {
  try {
    const request = { only: name, precision };
    return (await chooseEngine(request, () => performance.now() / 1000, candidates(process.env))).engine;
  } catch (error) {
    return messageOf(error);
  }
}

for (const name of names) {
  const engine = await find(name);
  describe(`the engine ${name}`, () => {
    if (typeof engine === 'string') {
      it(`is not run here: ${engine}`, () => {
        expect(required).not.toContain(name);
      });
    } else {
      engineContract(async () => engine, { convolutions: 60, steps: 50, deterministic: name !== 'native-gpu' });
    }
  });
}

const lowPrecision = await find('native-cpu', 'bf16');

describe('the engine native-cpu in bf16', () => {
  if (typeof lowPrecision === 'string') {
    it(`is not run here: ${lowPrecision}`, () => {
      expect(lowPrecision).toMatch(/not installed|does not compute in bf16/);
    });
    return;
  }

  it('follows the losses of f32 up to the rounding of its activations', async () => {
    const losses = await lossesOn(lowPrecision, 50);
    const expected = referenceLosses(50);
    for (const [index, loss] of losses.entries()) {
      expect(Math.abs(loss - (expected[index] ?? Number.NaN)), `step ${index}`).toBeLessThan(0.05);
    }
    // Rounding shows: it does compute in lower precision.
    const inF32 = await find('native-cpu');
    if (typeof inF32 === 'string') throw new Error(inF32);
    expect(losses).not.toEqual(await lossesOn(inF32, 50));
  });
});
