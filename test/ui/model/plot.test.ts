import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiGlyphs, unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { plot, sparkline } from '../../../src/ui/model/plot.js';
import { lineWidth } from '../../../src/ui/model/segments.js';

describe('sparkline', () => {
  test('the lowest value has the lowest block and the highest the highest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, unicodeGlyphs)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([7, 0], 8, asciiGlyphs)).toBe('#_');
  });

  test('a longer curve is averaged into the width', () => {
    expect(sparkline([0, 0, 7, 7], 2, unicodeGlyphs)).toBe('▁█');
  });

  test('values that are not finite leave a gap', () => {
    expect(sparkline([0, null, 7], 3, unicodeGlyphs)).toBe('▁ █');
    expect(sparkline([null, Number.NaN], 3, unicodeGlyphs)).toBe('');
  });

  test('a constant curve is a flat line', () => {
    expect(new Set(sparkline([2, 2, 2], 3, unicodeGlyphs)).size).toBe(1);
  });
});

function drawn(points: readonly { x: number; y: number | null }[], width: number, height: number, braille = true) {
  const glyphs = braille ? unicodeGlyphs : asciiGlyphs;
  return plot(points, width, height, 'search', glyphs).map(({ segments }) => segments.map(({ text }) => text).join(''));
}

describe('plot', () => {
  const falling = [
    { x: 0, y: 2 },
    { x: 0.999, y: 1 },
  ];

  test('a falling line goes from the top left to the bottom right', () => {
    const rows = drawn(falling, 32, 6, false);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatch(/^ {9}2 \|\*/);
    expect(rows[4]).toMatch(/^ {9}1 \|.*\*$/);
    expect(rows[4]).toHaveLength(32);
    expect(rows[5]).toMatch(/\+-+ 100 %$/);
  });

  test('braille holds two by four dots a character', () => {
    const rows = drawn(falling, 32, 6);
    expect(rows[0]?.[12]).toMatch(/[\u2801-\u28ff]/);
    expect(rows[4]?.at(-1)).toMatch(/[\u2801-\u28ff]/);
  });

  test('neighbouring points are joined: each column between the first and the last is marked', () => {
    const rows = drawn(falling, 32, 6, false).slice(0, 5);
    for (let x = 12; x < 32; x++) expect(rows.some((row) => row[x] === '*')).toBe(true);
  });

  test('a curve without a finite point says so', () => {
    expect(drawn([{ x: 0.5, y: null }], 60, 10)).toEqual([' no curve yet']);
  });

  test('any curve keeps within its width and height', () => {
    const point = fc.record({ x: fc.double({ min: -0.5, max: 1.5 }), y: fc.option(fc.double()) });
    const size = fc.record({ width: fc.integer({ min: 1, max: 120 }), height: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.array(point), size, fc.boolean(), (points, { width, height }, braille) => {
        const lines = plot(points, width, height, 'search', braille ? unicodeGlyphs : asciiGlyphs);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, height));
        if (lines.length > 1) for (const one of lines) expect(lineWidth(one)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
