import { describe, expect, it } from 'vitest';
import type { BatchPosition } from '../../src/data/batches.js';
import { SidedBatches } from '../../src/training/sided-batches.js';
import { FakeBatches } from './fake.js';

/** A stream whose batches are those of the fake stream; notes the sides that are opened and closed. */
function sided(at?: BatchPosition) {
  const opened: number[] = [];
  const closed: number[] = [];
  const strengths: number[] = [];
  const open = (side: number, from: BatchPosition) => {
    opened.push(side);
    const batches = new FakeBatches(8);
    batches.restore(from);
    const close = async () => {
      closed.push(side);
    };
    const regularise = (strength: number) => strengths.push(strength);
    return { next: () => batches.next(), state: () => batches.state(), regularise, close };
  };
  return { batches: new SidedBatches(open, at), opened, closed, strengths };
}

describe('batches whose images change their side', () => {
  it('are those of one stream, whatever the sides', async () => {
    const { batches, opened, closed } = sided();
    const plain = new FakeBatches(8);
    for (const side of [16, 16, 24, 24, 16, 24]) {
      expect(await batches.next(side)).toEqual(plain.next());
      expect(batches.state()).toEqual(plain.state());
    }
    expect(opened).toEqual([16, 24, 16, 24]);
    expect(closed).toEqual([16, 24, 16]);
    await batches.close();
    expect(closed).toEqual([16, 24, 16, 24]);
  });

  it('go on from where they were put aside', async () => {
    const { batches } = sided();
    for (const side of [16, 24, 24]) await batches.next(side);
    const state = batches.state();
    expect(await sided(state).batches.next(16)).toEqual(await batches.next(24));
  });

  it('are regularised alike at all sides', async () => {
    const { batches, strengths } = sided();
    await batches.next(16);
    batches.regularise(0.25);
    await batches.next(24);
    expect(strengths).toEqual([1, 0.25, 0.25]);
  });

  it('stand where they were told to before the first of them', () => {
    expect(sided().batches.state()).toEqual({ epoch: 0, position: 0 });
    expect(sided({ epoch: 2, position: 8 }).batches.state()).toEqual({ epoch: 2, position: 8 });
  });
});
