import { describe, expect, it } from 'vitest';
import { parseRow } from '../../src/simulation/table-row.js';

const row = (plain: object) => parseRow(JSON.stringify({ configuration: { a: 1 }, ...plain }), 't:1');
const curve = { seconds: [1, 2], accuracy: [50, 60] };

describe('a line of a table', () => {
  it.each([
    curve,
    { curve },
    { curve: { ...curve, epochs: [1, 2] } },
    {
      curve: [
        [1, 50],
        [2, 60],
      ],
    },
    {
      curve: [
        { seconds: 1, accuracy: 50, loss: 3 },
        { seconds: 2, accuracy: 60 },
      ],
    },
  ])('has its curve as %j', (written) => {
    expect(row(written)).toEqual({ task: null, configuration: { a: 1 }, curve });
  });

  it('may list some epochs only: the others lie on straight lines between them', () => {
    expect(row({ epochs: [1, 2, 5], seconds: [1, 2, 8], accuracy: [10, 40, 70] }).curve).toEqual({
      seconds: [1, 2, 4, 6, 8],
      accuracy: [10, 40, 50, 60, 70],
    });
  });

  it('leaves out parameters that are null, and other keys alone', () => {
    const { task, configuration } = row({ ...curve, task: 3, config: {}, configuration: { a: null, b: 'x' }, id: 7 });
    expect([task, configuration]).toEqual(['3', { b: 'x' }]);
    expect(parseRow(JSON.stringify({ config: { c: true }, ...curve }), 't:1').configuration).toEqual({ c: true });
  });

  it.each([
    [{ ...curve, accuracy: [1] }, /^t:1 accuracy: expected 2 values, as seconds, got 1/],
    [{ ...curve, epochs: [2, 3] }, /^t:1 epochs: expected 2 epochs, ascending from 1, got \[2,3\]/],
    [{ ...curve, epochs: [1, 1] }, /^t:1 epochs: expected /],
    [{ ...curve, task: {} }, /^t:1 task: expected a text or a number/],
    [{ curve: [[1]] }, /^t:1 curve 0/],
    [{ seconds: [1, 'x'], accuracy: [1, 2] }, /^t:1 seconds\.1: expected a number, got "x"/],
    [{}, /^t:1 seconds: expected /],
  ])('is refused with its place: %j', (written, message) => {
    expect(() => row(written)).toThrow(message);
  });
});
