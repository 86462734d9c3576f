import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../src/engine/native/pieces.js';
import { ProgramBuilder } from '../../../src/program/builder.js';

/** How a vector of 10 values is cut by slices [begin, length]. */
function cut(...slices: readonly (readonly [number, number])[]) {
  const builder = new ProgramBuilder('test');
  const x = builder.input('x', { shape: [10], dtype: 'float32' });
  for (const [begin, length] of slices) builder.one({ kind: 'slice', begin, length }, [x]);
  return piecesOf(builder.build()).get('0:0');
}

describe('the pieces of a vector', () => {
  it('are the slices in their order', () => {
    expect(cut([4, 6], [0, 4])).toEqual([4, 6]);
  });

  it('include the gaps, so that their sizes add up', () => {
    expect(cut([2, 3], [7, 1])).toEqual([2, 3, 2, 1, 2]);
  });

  it('count a slice that is taken twice once', () => {
    expect(cut([0, 5], [5, 5], [0, 5])).toEqual([5, 5]);
  });

  it('are none where slices overlap', () => {
    expect(cut([0, 5], [4, 6])).toBeUndefined();
    expect(cut([0, 5], [0, 4])).toBeUndefined();
  });
});
