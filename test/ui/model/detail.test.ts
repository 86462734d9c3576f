import { describe, expect, test } from 'vitest';
import { detailLines } from '../../../src/ui/model/detail.js';
import { unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { searchState } from '../canned.js';
import { failedRung, finishedRung, runningRung, trialOf } from '../canned-trials.js';

function textOf(trial: ReturnType<typeof trialOf>): readonly string[] {
  const lines = detailLines(searchState(), trial, 100, { columns: 100, rows: 40 }, unicodeGlyphs);
  return lines.map(({ segments }) => segments.map(({ text }) => text).join(''));
}

describe('the detail of a trial', () => {
  test('says what its network costs once a rung has ended', () => {
    const cost =
      ' 0.07785 M parameters  4.21 M multiply-accumulates an image  1.5 MiB of activations an image in training ';
    expect(textOf(trialOf(1, 0, [finishedRung(1, 0, 0, 0.5), runningRung(1, 10, 0)]))).toContain(cost);
    expect(textOf(trialOf(1, 0, [runningRung(0, 10, 0)])).join()).not.toContain('parameters');
  });

  test('has failures and logs in full, each line below the beginning of its text', () => {
    const log = `results/${'x'.repeat(120)}/log.txt`;
    const text = textOf(trialOf(1, 0, [failedRung(0, 10, 'crash', 'one word after another, '.repeat(8), log)]));
    const first = text.findIndex((line) => line.startsWith(' ✗ crashed: one word'));
    expect(text.slice(first, first + 3).map((line) => line.slice(0, 12))).toEqual([
      ' ✗ crashed: ',
      ' '.repeat(12),
      ' '.repeat(12),
    ]);
    const said = text.slice(first, first + 3).map((line) => line.slice(12));
    expect(said.join(' ')).toBe('one word after another, '.repeat(8).trim());
    for (const line of text) expect(line.length).toBeLessThanOrEqual(100);
    expect(
      text
        .slice(first + 3, first + 5)
        .map((line) => line.slice(7))
        .join(''),
    ).toBe(log);
  });

  test('says only the number of parameters where the trainer has told no more', () => {
    const rung = finishedRung(1, 0, 0, 0.5);
    if (rung.status !== 'finished') throw new Error('the rung has not finished');
    const { macsPerImage: _, activationBytesPerImage: __, ...result } = rung.result;
    expect(textOf(trialOf(1, 0, [{ ...rung, result }]))).toContain(' 0.07785 M parameters ');
  });
});
