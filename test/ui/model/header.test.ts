import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { budgetBar, budgetParts, header, phaseSegment, remaining } from '../../../src/ui/model/header.js';
import { cells } from '../../../src/ui/model/segments.js';
import { emptyState, finalState, finishedState, searchState } from '../canned.js';

function barText(nowSeconds: number, columns: number): string {
  const parts = { budget: 100, searchEnds: 40, finalEnds: 90 };
  return budgetBar(parts, nowSeconds, columns, unicodeGlyphs)
    .map(({ text }) => text)
    .join('');
}

describe('the budget bar', () => {
  test('is split into search, final run and reserve, and filled as far as the clock is', () => {
    expect(barText(0, 22)).toBe('░░░░░░░░│░░░░░░░░░░│░░');
    expect(barText(50, 22)).toBe('████████│██░░░░░░░░│░░');
    expect(barText(100, 22)).toBe('████████│██████████│██');
  });

  test('takes exactly its columns at any time, before and after the budget too', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 500, noNaN: true }), fc.integer({ min: 5, max: 200 }), (now, columns) => {
        expect(cells(barText(now, columns))).toBe(columns);
      }),
    );
  });

  test('has the colours of its three parts beside the separators', () => {
    const tones = budgetBar({ budget: 9, searchEnds: 3, finalEnds: 6 }, 1, 20, unicodeGlyphs).map(({ tone }) => tone);
    expect(tones).toEqual(['search', 'muted', 'final', 'muted', 'reserve']);
  });
});

describe('the parts of the budget', () => {
  test('are those of the plan, with the true end of a search that is over', () => {
    expect(budgetParts(searchState())).toEqual({ budget: 360, searchEnds: 160, finalEnds: 354 });
    expect(budgetParts(finalState())).toEqual({ budget: 360, searchEnds: 157, finalEnds: 354 });
  });

  test('are unknown before the study is created', () => {
    expect(budgetParts(emptyState)).toBeNull();
  });

  test('never leave the budget', () => {
    const { plan } = searchState();
    const odd = { ...searchState(), plan: plan && { ...plan, searchEndsAt: 500, endsAt: 400 } };
    expect(budgetParts(odd)).toEqual({ budget: 360, searchEnds: 360, finalEnds: 360 });
  });
});

test('the header names study, data, engine, phase and why no better engine runs', () => {
  const ui = { columns: 110, stopping: false, packing: null, legend: true };
  const text = header(searchState(), 77, ui, unicodeGlyphs).map(({ segments }) => segments.map((s) => s.text).join(''));
  expect(text[0]).toMatch(/^ quickstart {2}data fashion-mnist {2}engine wasm f32 +● searching $/);
  expect(text[1]).toMatch(/4:43 left of 6:00 {2}21 % $/);
  expect(text[2]).toContain('search 2:40');
  expect(text[2]).toContain('reserve 0:06');
  expect(text[2]).toContain('no native-cpu: not installed');
});

test('each phase has its own word, and asking to stop shows until it has ended', () => {
  const ui = { columns: 80, stopping: false, packing: null };
  const phases = ['preparing', 'search', 'final', 'interrupted', 'finished'] as const;
  expect(new Set(phases.map((phase) => phaseSegment(phase, ui, unicodeGlyphs).text)).size).toBe(5);
  expect(phaseSegment('final', { ...ui, stopping: true }, unicodeGlyphs).text).toBe('● stopping, saving');
  expect(phaseSegment(finishedState().phase, { ...ui, stopping: true }, unicodeGlyphs).text).toBe('✓ finished');
});

test('what is left never shows as less than nothing', () => {
  expect(remaining(searchState(), 400, unicodeGlyphs)).toBe('0:00 left of 6:00  100 %');
  expect(remaining(emptyState, 4, unicodeGlyphs)).toBe('– left');
});
