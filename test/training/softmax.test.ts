import { describe, expect, it } from 'vitest';
import { softmaxInto } from '../../src/training/softmax.js';

describe('softmax', () => {
  it('gives each row probabilities in the ratio of the exponentials of its logits', () => {
    const target = new Float32Array(4);
    softmaxInto(Float32Array.of(0, Math.log(3), Math.log(9), 0), 2, target, 0);
    expect([...target]).toEqual([0.25, 0.75, 0.9, 0.1].map((value) => expect.closeTo(value, 6)));
  });

  it('holds for logits whose exponentials would overflow or vanish', () => {
    const target = new Float32Array(4);
    softmaxInto(Float32Array.of(1000, 1000, -1000, -1001), 2, target, 0);
    expect([...target]).toEqual([0.5, 0.5, 0.731_058_6, 0.268_941_4].map((value) => expect.closeTo(value, 6)));
  });

  it('writes from the offset on and nothing else', () => {
    const target = Float32Array.of(7, 7, 7, 7);
    softmaxInto(Float32Array.of(2, 2), 2, target, 1);
    expect([...target]).toEqual([7, 0.5, 0.5, 7]);
  });
});
