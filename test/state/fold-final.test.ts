import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import { created, stateOf, wholeStudy } from '../report/example-study.js';
import { finalStarted, resumed } from './few-events.js';

describe('the final training', () => {
  it.each(['final-progress', 'final-checkpoint', 'final-finished', 'final-failed'] as const)(
    'needs to run for %s',
    (type) => {
      const event = wholeStudy.find((candidate) => candidate.type === type) ?? {
        ...{ type, at: 1, fraction: 0, images: 0, epochs: 0, loss: null, learningRate: 0, imagesPerSecond: 0 },
        ...{ path: '', reason: 'crash', message: '', log: null },
      };
      expect(() => fold(emptyState, event as StudyEvent)).toThrow(/expected a running final training, got final-/);
    },
  );

  it('keeps its predictions when it ends without a result, until they turn out to be of no use', () => {
    const predicted: StudyEvent = { type: 'final-predicted', at: 150, path: 'final/predictions.csv' };
    const begun = [created(0, {}), finalStarted(100)];
    const later = [predicted, resumed(200)];
    expect(stateOf([...begun, ...later]).final).toMatchObject({ status: 'failed', predictions: predicted.path });
    expect(stateOf([...begun, ...later, { ...predicted, path: null }]).final).toMatchObject({ predictions: null });
    expect(stateOf([...begun, ...later, finalStarted(205)]).final).toMatchObject({ predictions: null });
    expect(() => stateOf([created(0, {}), predicted])).toThrow(/expected a final training/);
  });

  it('has no checkpoint that was deleted because it began anew', () => {
    const saved = (images: number, path = 'final/final.checkpoint'): StudyEvent => {
      return { type: 'final-checkpoint', at: 120, path, fraction: 0.1, images };
    };
    const other = saved(9, 'final/trial-1/final.checkpoint');
    const begun = [created(0, {}), finalStarted(100), other, saved(100), saved(0)];
    expect(stateOf(begun).final).toMatchObject({ checkpoints: [{ images: 9 }] });
    expect(stateOf([...begun, saved(50)]).final).toMatchObject({ checkpoints: [{ images: 9 }, { images: 50 }] });
  });

  it('collects its failures over the attempts', () => {
    const failure: StudyEvent = { type: 'final-failed', at: 120, reason: 'diverged', message: 'm', log: null };
    const { final } = stateOf([
      created(0, {}),
      created(1, {}),
      finalStarted(100),
      failure,
      finalStarted(121, 1),
      { ...failure, at: 130 },
    ]);
    expect(final.status === 'failed' && final.failures.map(({ at }) => at)).toEqual([120, 130]);
    expect(final.status === 'failed' && final.start.trial).toBe(1);
  });
});
