import { describe, expect, it } from 'vitest';
import { findEngine, isRequired } from './available.js';
import { engineContract, logitsOn, lossesOn, otherNetworks, referenceLosses } from './contract.js';
import { distance } from './programs.js';

/** A WebGPU engine has tests of its own: on a software adapter each of these would take seconds. */
const names = ['native-gpu', 'native-cpu', 'wasm'];

for (const name of names) {
  const engine = await findEngine(name);
  describe(`the engine ${name}`, () => {
    if (typeof engine === 'string') {
      it(`is not run here: ${engine}`, () => {
        expect(isRequired(name)).toBe(false);
      });
    } else {
      engineContract(async () => engine, { convolutions: 60, steps: 50, deterministic: name !== 'native-gpu' });
    }
  });
}

const lowPrecisions = [
  { name: 'native-cpu', precision: 'bf16' },
  { name: 'native-gpu', precision: 'f16' },
] as const;

for (const { name, precision } of lowPrecisions) {
  const engine = await findEngine(name, precision);
  const inF32 = await findEngine(name);
  describe(`the engine ${name} in ${precision}`, () => {
    if (typeof engine === 'string') {
      it(`is not run here: ${engine}`, () => {
        expect(isRequired(name, precision)).toBe(false);
        // Where the engine itself runs, only the hardware is a reason.
        if (typeof inF32 !== 'string') expect(engine).toContain(`does not compute in ${precision}`);
      });
      return;
    }

    it('follows the losses of f32 up to the rounding of its activations', async () => {
      const losses = await lossesOn(engine, 50);
      const expected = referenceLosses(50);
      for (const [index, loss] of losses.entries()) {
        expect(Math.abs(loss - (expected[index] ?? Number.NaN)), `step ${index}`).toBeLessThan(0.05);
      }
      // Rounding shows: it does compute in lower precision.
      if (typeof inF32 === 'string') throw new Error(inF32);
      expect(losses).not.toEqual(await lossesOn(inF32, 50));
    });

    it.each(otherNetworks)('follows them with other layers: $name', async ({ plan }) => {
      const losses = await lossesOn(engine, 12, plan);
      for (const [index, loss] of referenceLosses(12, plan).entries()) {
        expect(Math.abs(loss - (losses[index] ?? Number.NaN)), `step ${index}`).toBeLessThan(0.05);
      }
    });

    it.each(otherNetworks)('classifies as f32 does, up to rounding: $name', async ({ plan }) => {
      const { logits, expected } = await logitsOn(engine, 12, plan);
      expect(distance(logits, expected)).toBeLessThan(0.05);
    });
  });
}
