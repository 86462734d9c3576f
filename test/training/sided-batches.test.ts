import { describe, expect, it } from 'vitest';
import { SidedBatches } from '../../src/training/sided-batches.js';
import { FakeBatches } from './fake.js';

/** A stream whose batches are those of the fake stream; notes the sides that are opened. */
function sided(at?: { readonly epoch: number; readonly position: number }) {
  const opened: number[] = [];
  const open = (side: number) => {
    opened.push(side);
    return new FakeBatches(8);
  };
  return { batches: new SidedBatches(open, at), opened };
}

describe('batches whose images change their side', () => {
  it('are those of one stream, whatever the sides', () => {
    const { batches, opened } = sided();
    const plain = new FakeBatches(8);
    for (const side of [16, 16, 24, 24, 16, 24]) {
      expect(batches.next(side)).toEqual(plain.next());
      expect(batches.state()).toEqual(plain.state());
    }
    expect(opened).toEqual([16, 24]);
  });

  it('go on from where they were put aside', () => {
    const { batches } = sided();
    for (const side of [16, 24, 24]) batches.next(side);
    const state = batches.state();
    const further = batches.next(24);
    expect(sided(state).batches.next(16)).toEqual(further);
    batches.restore(state);
    expect(batches.state()).toEqual(state);
    expect(batches.next(16)).toEqual(further);
  });

  it('stand where they were told to before the first of them', () => {
    expect(sided().batches.state()).toEqual({ epoch: 0, position: 0 });
    expect(sided({ epoch: 2, position: 8 }).batches.state()).toEqual({ epoch: 2, position: 8 });
  });
});
