import { createHash } from 'node:crypto';
import { decodeCheckpoint, encodeCheckpoint } from '../../../dist/training/checkpoint.js';
import { parseRecipe } from '../../../dist/training/recipe.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const example = {
  variables: [
    { name: 'weights', shape: [3, 4], values: Float32Array.from({ length: 12 }, (_, index) => index / 7) },
    { name: 'norms', shape: [5], values: new Float32Array(5) },
    { name: 'empty', shape: [0], values: new Float32Array(0) },
  ],
  recipe: parseRecipe({}),
  resolution: 28,
  classes: ['cat', 'dog'],
  engine: 'wasm',
  position: { step: 10, images: 1280, resource: 3.5 },
  batches: { stream: '7:trial:0', epoch: 1, position: 64 },
};

function withHeader(bytes, change) {
  const length = bytes.readUInt32LE(8);
  const header = change(JSON.parse(bytes.toString('utf8', 12, 12 + length)));
  const text = Buffer.from(typeof header === 'string' ? header : (JSON.stringify(header) ?? 'null'));
  const prefix = Buffer.from(bytes.subarray(0, 12));
  prefix.writeUInt32LE(text.length, 8);
  const body = Buffer.concat([prefix, text, bytes.subarray(12 + length, bytes.length - 32)]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** Checkpoints: torn, bits changed, and changed with a check sum that fits. */
export const target = {
  setup: () => ({ bytes: Buffer.concat(encodeCheckpoint(example)) }),
  generate(random, { bytes }) {
    const form = random.unit();
    if (form < 0.3) return { bytes: mutate.bytes(random, bytes) };
    if (form < 0.7) return { bytes: withHeader(bytes, (header) => mutate.plain(random, header)) };
    if (form < 0.9) return { bytes: withHeader(bytes, (header) => mutate.text(random, JSON.stringify(header))) };
    const body = mutate.bytes(random, bytes.subarray(0, bytes.length - 32));
    return { bytes: Buffer.concat([body, createHash('sha256').update(body).digest()]) };
  },
  /** Nobody but a trial process reads one; what it throws goes to the study in one line. */
  refuses: (error) =>
    error instanceof Error &&
    !(error instanceof TypeError) &&
    !(error instanceof RangeError) &&
    error.message.length < 1000,
  run({ bytes }) {
    const { variables, ...rest } = decodeCheckpoint(Buffer.from(bytes));
    for (const { shape, values } of variables) {
      require(shape.reduce((product, side) => product * side, 1) ===
        values.length, 'a variable of another size', String(shape));
    }
    const again = decodeCheckpoint(Buffer.concat(encodeCheckpoint({ variables, ...rest })));
    require(JSON.stringify(again.classes) ===
      JSON.stringify(rest.classes), 'another checkpoint when written again', '');
  },
};
