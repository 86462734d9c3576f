import { describe, expect, it } from 'vitest';
import { LossWatch, type LossWatchOptions } from '../../src/training/loss-watch.js';

/** A guess among ten classes has a loss of 2.30. */
const watching = (more: Partial<LossWatchOptions> = {}) =>
  new LossWatch({ classes: 10, saved: null, comparesSaves: true, ...more });

function see(watch: LossWatch, loss: number, steps = 20): LossWatch {
  for (let step = 0; step < steps; step++) watch.saw(loss);
  return watch;
}

describe('weights are worth saving', () => {
  it('whatever the loss of fewer than 20 steps is', () => {
    expect(see(watching(), 9, 19)).toMatchObject({ loss: null, problem: null });
    expect(see(watching(), 9, 20).problem).toMatch(/risen to 9.00 where a guess has 2.30/);
  });

  it('unless their loss is 1.25 times that of a guess', () => {
    expect(see(watching(), 2.8).problem).toBeNull();
    expect(see(watching(), 2.9).problem).not.toBeNull();
  });

  it('unless half of what had been learnt at the last save is lost', () => {
    const saved = see(watching(), 0.3);
    saved.noteSave();
    expect(see(saved, 1.2).problem).toBeNull();
    expect(see(saved, 1.4).problem).toBe('its loss has risen to 1.40 from 0.30 when it was saved last');
    expect(see(watching({ saved: 0.3 }), 1.4).problem).not.toBeNull();
    // A loss near zero may well become ten times as large.
    expect(see(watching({ saved: 0.001 }), 0.05).problem).toBeNull();
  });

  it('where little had been learnt, or the training is regularised more as it goes on, if they are no worse than a guess', () => {
    expect(see(watching({ saved: 2.2 }), 2.3).problem).toBeNull();
    expect(see(watching({ saved: 0.3, comparesSaves: false }), 1.4).problem).toBeNull();
    expect(see(watching({ saved: 0.3, comparesSaves: false }), 2.9).problem).not.toBeNull();
  });

  it('unless the last 5 steps show that the training is just breaking down', () => {
    expect(see(see(watching({ saved: 0.3 }), 0.3, 19), 9, 1).problem).toMatch(/risen to 2.04 from 0.30/);
  });

  it('again once the last 20 steps are good; a problem lasts after 20 steps that have it', () => {
    const watch = see(watching(), 9, 38);
    expect(watch.lasts).toBe(false);
    expect(see(watch, 9, 1).lasts).toBe(true);
    expect(see(watch, 1, 19).problem).toBeNull();
    expect(watch.lasts).toBe(false);
  });
});
