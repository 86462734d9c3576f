import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import { Mending } from '../../src/study/mending.js';
import { preparation } from '../report/example-study.js';

const state = preparation.reduce(fold, emptyState);
const rungFailed = (reason: 'data' | 'error'): StudyEvent => ({
  ...{ type: 'rung-failed', at: 30, trial: 0, rung: 0, message: 'train-00000.28.rgb', log: null },
  reason,
});
const predictionFailed = (reason: 'data' | 'error'): StudyEvent => ({
  ...{ type: 'prediction-ended', at: 30, trial: 0, rung: 0, wallSeconds: 1 },
  failed: `${reason}: data`,
  reason,
});

function mending(repair: () => Promise<number>) {
  const told: string[] = [];
  const held: Promise<void>[] = [];
  const mender = new Mending({ repair, hold: (until) => held.push(until), tell: (message) => told.push(message) });
  return { mender, told, held };
}

describe('mending packed data', () => {
  it('happens once at a time, holds processes back meanwhile, and says what it did', async () => {
    let images = 4096;
    const { mender, told, held } = mending(async () => images);
    for (const event of [rungFailed('data'), rungFailed('data')]) mender.after(event, state);
    expect(held).toHaveLength(1);
    await held[0];
    images = 0;
    mender.after(predictionFailed('data'), state);
    await held[1];
    expect(told).toEqual([
      'the packed data were damaged: 4096 images were packed again in /pack',
      'the packed data in /pack were compared with their checksums: nothing is damaged',
    ]);
  });

  it('says what stands in its way, and lets the study go on', async () => {
    const { mender, told, held } = mending(() => Promise.reject(new Error('the source is gone')));
    mender.after(rungFailed('data'), state);
    await held[0];
    expect(told).toEqual(['the packed data are damaged and cannot be repaired: the source is gone']);
  });

  it('is not what other failures need', () => {
    const { mender, held } = mending(async () => 0);
    for (const event of [rungFailed('error'), predictionFailed('error')]) mender.after(event, state);
    mender.after(rungFailed('data'), emptyState);
    expect(held).toEqual([]);
  });
});
