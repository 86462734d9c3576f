import { describe, expect, it } from 'vitest';
import { fewestPartImages } from '../../src/program/side-by-side.js';
import { evaluateProgram } from '../program/reference.js';
import { findEngine, isRequired } from './available.js';
import {
  engineContract,
  feedsFor,
  logitsOn,
  lossesOn,
  otherNetworks,
  referenceLosses,
  smallNetwork,
} from './contract.js';
import { distance } from './programs.js';

/** A WebGPU engine has tests of its own: on a software adapter each of these would take seconds. */
const names = ['native-gpu', 'native-cpu', 'wasm'];

/**
 * From Ampere on GPUs multiply f32 with the mantissa of TF32, ten bits. The variance of a single value is NaN there: cuDNN divides by their number less one.
 */
const onGpu = { deterministic: false, rounding: 2e-3, except: ['batchNormTrain of [1,1,1,4]'] };

for (const name of names) {
  const engine = await findEngine(name);
  describe(`the engine ${name}`, () => {
    if (typeof engine === 'string') {
      it(`is not run here: ${engine}`, () => {
        expect(isRequired(name)).toBe(false);
      });
    } else {
      const options = { convolutions: 60, steps: 50 };
      engineContract(async () => engine, { ...options, ...(name === 'native-gpu' ? onGpu : { deterministic: true }) });
    }
  });
}

/** Of such a batch two threads get as many images as a part must have. */
const divided = 2 * fewestPartImages;
const threads = { ...process.env, HYPERBUDGET_THREADS: '2' };
const inParts = await findEngine('native-cpu', 'f32', threads);

describe('the engine native-cpu on two threads', () => {
  if (typeof inParts === 'string') {
    it(`is not run here: ${inParts}`, () => {
      expect(isRequired('native-cpu')).toBe(false);
    });
    return;
  }

  it('trains and classifies on a batch as on its halves one after the other', async () => {
    const { programs, initialValues } = smallNetwork;
    const session = await inParts.load(programs, divided);
    const variables = new Map<string, Float64Array>();
    for (const [name, values] of initialValues('seed')) {
      session.write(name, values);
      variables.set(name, Float64Array.from(values));
    }
    const feeds = feedsFor(programs.accumulate, divided);
    for (let i = 0; i < 3; i += 1) {
      const { loss } = await session.run('accumulate', feeds);
      await session.run('apply', feedsFor(programs.apply, divided));
      let expected = 0;
      for (const half of [0, 1]) {
        const own = feedsFor(programs.accumulate, divided, [(half * divided) / 2, ((half + 1) * divided) / 2]);
        expected += evaluateProgram(programs.accumulate, own, variables)['loss']?.[0] ?? Number.NaN;
      }
      evaluateProgram(programs.apply, feedsFor(programs.apply, divided), variables);
      expect(Math.abs((loss?.[0] ?? Number.NaN) - expected) / expected, `step ${i}`).toBeLessThan(1e-4);
    }
    for (const [name, expected] of variables) {
      expect(distance(await session.read(name), expected), name).toBeLessThan(2e-3);
    }
    const images = { images: feedsFor(programs.accumulate, divided)['images'] ?? new Uint8Array() };
    const { logits = new Float32Array() } = await session.run('evaluate', images);
    const { logits: expected = new Float64Array() } = evaluateProgram(programs.evaluate, images, variables);
    expect(distance(logits, expected)).toBeLessThan(2e-3);
    session.dispose();
  });
});

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
