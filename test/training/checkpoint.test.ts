import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/training/checkpoint.js';
import { parseRecipe } from '../../src/training/recipe.js';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sample(values: readonly number[]): Checkpoint {
  return {
    variables: [
      { name: 'weights', shape: [values.length], values: Float32Array.from(values) },
      { name: 'bias', shape: [1, 2], values: Float32Array.of(1, Number.NaN) },
    ],
    recipe: parseRecipe({ 'network.width': 8 }),
    resolution: 28,
    classes: ['ankle boot', 'Überhemd'],
    engine: 'wasm',
    position: { step: 7, images: 896, resource: 1.5 },
    within: null,
    rung: null,
    learningRateFactor: 1,
    beganAtSeconds: null,
    trainingLoss: null,
    batches: { stream: 'seed', epoch: 1, position: 128 },
  };
}

const bytesOf = (checkpoint: Checkpoint): Buffer => Buffer.concat(encodeCheckpoint(checkpoint));

describe('a checkpoint', () => {
  it('gives back what was written, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 20 }), (values) => {
        const checkpoint = sample(values);
        expect(decodeCheckpoint(bytesOf(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  it('is refused when torn at any byte', () => {
    const path = join(folder, 'torn.checkpoint');
    const whole = bytesOf(sample([1, 2, 3]));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeCheckpoint(whole.subarray(0, length))).toThrow();
    }
    writeFileSync(path, whole);
    truncateSync(path, whole.length - 1);
    expect(() => readCheckpoint(path)).toThrow(/checkpoint .*torn\.checkpoint: torn or damaged/);
  });

  it('is refused when any byte has changed', () => {
    const whole = bytesOf(sample([1, 2, 3]));
    for (let index = 0; index < whole.length; index++) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => decodeCheckpoint(changed)).toThrow();
    }
  });

  it('is refused with bytes added at the end', () => {
    expect(() => decodeCheckpoint(Buffer.concat([bytesOf(sample([1])), Buffer.alloc(1)]))).toThrow(/checksum/);
  });

  it('replaces the former file as a whole and leaves nothing beside it', () => {
    const path = join(folder, 'model.checkpoint');
    writeCheckpoint(path, sample([1]));
    writeCheckpoint(path, sample([2, 3]));
    expect(readCheckpoint(path)).toEqual(sample([2, 3]));
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keeps the former file when the new one cannot be written', () => {
    const path = join(folder, 'kept.checkpoint');
    writeCheckpoint(path, sample([1]));
    const before = readFileSync(path);
    const wrong = { ...sample([1]), variables: [{ name: 'weights', shape: [5], values: new Float32Array(4) }] };
    expect(() => writeCheckpoint(path, wrong)).toThrow('variable weights: expected 5 values, got 4');
    expect(readFileSync(path)).toEqual(before);
    expect(() => writeCheckpoint(join(folder, 'missing', 'x.checkpoint'), sample([1]))).toThrow(/ENOENT/);
  });

  it('says in one line what is wrong with a header whose checksum fits', () => {
    const bytes = bytesOf(sample([1]));
    const changed = Buffer.from(bytes.subarray(0, -32)).fill('}', 12, 13);
    const header = Buffer.from(
      bytes.subarray(0, -32).toString('latin1').replace('"ankle boot"', '["\\nkle bo"]'),
      'latin1',
    );
    const path = join(folder, 'changed.checkpoint');
    for (const body of [changed, header]) {
      writeFileSync(path, Buffer.concat([body, createHash('sha256').update(body).digest()]));
      expect(() => readCheckpoint(path)).toThrow(/^checkpoint [^\n]*changed\.checkpoint: [^\n]{1,300}$/);
    }
    expect(() => readCheckpoint(path)).toThrow(/damaged header: classes\.0 /);
  });

  it('names the file that is missing', () => {
    expect(() => readCheckpoint(join(folder, 'none.checkpoint'))).toThrow(/none\.checkpoint: ENOENT/);
  });
});
