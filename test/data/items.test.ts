import { describe, expect, it } from 'vitest';
import { imagesPerPass, judgingOrder, splitSubset, trainingItems } from '../../src/data/items.js';
import type { PackedDataset } from '../../src/data/types.js';

const split = (count: number) => ({
  count,
  labels: Int32Array.from({ length: count }, (_, index) => index % 10),
  ids: Array.from({ length: count }, (_, index) => `${index}`),
});

const pack: PackedDataset = {
  directory: 'nowhere',
  fingerprint: '',
  classes: Array.from({ length: 10 }, (_, label) => `class ${label}`),
  resolutions: [16],
  splits: { train: split(200), validation: split(50), test: split(0) },
};

const all = { subset: 1, resample: false, classes: 1, useValidation: false };

describe('the images of a training', () => {
  it('are those of the training split, and of the validation split where that is wanted', () => {
    const train = trainingItems(pack, all);
    expect([...train.indices]).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(train.splits.every((place) => place === 0)).toBe(true);
    const both = trainingItems(pack, { ...all, useValidation: true });
    expect([...both.indices.subarray(200)]).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(both.splits.subarray(200).every((place) => place === 1)).toBe(true);
    expect([...both.labels]).toEqual([...both.indices].map((index) => index % 10));
  });

  it('are the same part in all passes, or all of them where passes see parts', () => {
    const fixed = trainingItems(pack, { ...all, subset: 0.2 });
    expect([fixed.indices.length, fixed.passFraction, imagesPerPass(fixed)]).toEqual([40, 1, 40]);
    const resampled = trainingItems(pack, { ...all, subset: 0.2, resample: true });
    expect([resampled.indices.length, resampled.passFraction, imagesPerPass(resampled)]).toEqual([200, 0.2, 40]);
  });

  it('of some classes are all of those, and are judged on their validation images', () => {
    const { labels } = trainingItems(pack, { ...all, classes: 0.3 });
    const classes = new Set(labels);
    expect([labels.length, classes.size]).toEqual([60, 3]);
    const judged = judgingOrder(pack, 'validation', 0.3);
    expect([...judged].sort((a, b) => a - b)).toEqual([...splitSubset(pack, 'validation', 1, 0.3)]);
    expect(judged).toHaveLength(15);
    const labelOf = (index: number) => pack.splits.validation.labels[index] ?? -1;
    expect(new Set(judged.map(labelOf))).toEqual(classes);
    expect(new Set(judged.slice(0, 3).map(labelOf))).toEqual(classes);
    expect(splitSubset(pack, 'validation', 0.4, 0.3)).toHaveLength(6);
  });
});
