import { describe, expect, it } from 'vitest';
import { Layers } from '../../src/network/layers.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { evaluateProgram } from '../program/reference.js';

describe('Layers', () => {
  it('maps pixels 0, 128 and 255 to -2, 0 and almost 2', () => {
    const builder = new ProgramBuilder('test');
    const layers = new Layers(builder, () => builder.constant(0), 'train');
    const images = builder.input('images', { shape: [-1, 1, 1, 3], dtype: 'uint8' });
    builder.output('x', layers.normalise(images));
    const { x } = evaluateProgram(builder.build(), { images: Uint8Array.of(0, 128, 255) });
    expect(x).toEqual(Float64Array.of(-2, 0, 127 / 64));
  });
});
