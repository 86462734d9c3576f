import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { budgetBar, budgetParts, header, phaseSegment, remaining } from '../../../src/ui/model/header.js';
import type { Pace } from '../../../src/ui/model/pace.js';
import type { Line } from '../../../src/ui/model/segments.js';
import { cells } from '../../../src/ui/model/segments.js';
import { emptyState, finalState, finishedState, searchState } from '../canned.js';

const ui = { columns: 110, stopping: false, packing: null, legend: true };

function textOf(line: Line | undefined): string {
  return line?.segments.map(({ text }) => text).join('') ?? '';
}

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

  test('are unknown before there is a plan: one bar without a tone of its own, and no length of anything', () => {
    const unplanned = { ...searchState(), plan: null, phase: 'preparing' as const };
    expect(budgetParts(unplanned)).toBeNull();
    const [, bar, legend] = header(unplanned, 90, ui, unicodeGlyphs);
    expect(bar?.segments.map(({ tone }) => tone)).toEqual(['plain', 'plain', 'strong']);
    expect(bar?.segments[1]?.text).toMatch(/^█+░+$/);
    expect(textOf(legend)).toMatch(/^ {2}the plan follows {2}no native-cpu/);
  });

  test('of a search have no final run, those of a final run no search', () => {
    const state = searchState();
    const legendOf = (mode: 'search' | 'final') => {
      const created = state.created && { ...state.created, mode };
      // The search of a final run has ended when it is created.
      const ended = { type: 'search-ended', at: 0, reason: 'given', winner: 0 } as const;
      const searchEnd = mode === 'final' ? ended : state.searchEnd;
      return textOf(header({ ...state, created, searchEnd }, 77, ui, unicodeGlyphs)[2]);
    };
    expect(legendOf('search')).toMatch(/search 5:54 .*reserve 0:06/);
    expect(legendOf('search')).not.toContain('final');
    expect(legendOf('final')).toMatch(/preparation 2:40 .*final 3:14 .*reserve 0:06/);
  });

  test('never leave the budget', () => {
    const { plan } = searchState();
    const odd = { ...searchState(), plan: plan && { ...plan, searchEndsAt: 500, endsAt: 400 } };
    expect(budgetParts(odd)).toEqual({ budget: 360, searchEnds: 360, finalEnds: 360 });
  });
});

test('the header names study, engine, data, phase and why no better engine runs', () => {
  const text = header(searchState(), 77, ui, unicodeGlyphs).map(textOf);
  expect(text[0]).toMatch(/^ quickstart {2}engine wasm f32 {2}data fashion-mnist +● searching $/);
  expect(text[1]).toMatch(/4:43 left of 6:00 {2}21 % $/);
  expect(text[2]).toContain('search 2:40');
  expect(text[2]).toContain('reserve 0:06');
  expect(text[2]).toContain('no native-cpu: not installed');
});

describe('at 80 columns the engine is there', () => {
  const state = searchState();
  const name = 'fashion-mnist-2026-11-26-18-53-17';
  const created = state.created && { ...state.created, name };
  const engine = state.engine && { ...state.engine, engine: 'native-cpu', precision: 'bf16' as const };
  const title = (phase: 'preparing' | 'final', packing: Pace | null) => {
    return textOf(header({ ...state, created, engine, phase }, 77, { ...ui, columns: 80, packing }, unicodeGlyphs)[0]);
  };

  test('in a study that is called after its data, which need no name then', () => {
    expect(title('final', null)).toMatch(
      /^ fashion-mnist-2026-11-26-18-53-17 {2}engine native-cpu bf16 +● final training $/,
    );
  });

  test('also while images are packed', () => {
    const packing = { done: 12_000, total: 60_000, rate: { perSecond: 3100, secondsLeft: 15 } };
    expect(title('preparing', packing)).toMatch(/ {2}engine native-cpu bf16 +● packing, 20 % $/);
  });
});

test('each phase has its own word, and asking to stop shows until it has ended', () => {
  const ui = { stopping: false, packing: null, packingInFull: true };
  const phases = ['preparing', 'search', 'final', 'interrupted', 'finished'] as const;
  expect(new Set(phases.map((phase) => phaseSegment(phase, ui, unicodeGlyphs).text)).size).toBe(5);
  expect(phaseSegment('final', { ...ui, stopping: true }, unicodeGlyphs).text).toBe('● stopping, saving');
  expect(phaseSegment(finishedState().phase, { ...ui, stopping: true }, unicodeGlyphs).text).toBe('✓ finished');
});

test('what is left never shows as less than nothing', () => {
  expect(remaining(searchState(), 400, unicodeGlyphs)).toBe('0:00 left of 6:00  100 %');
  expect(remaining(emptyState, 4, unicodeGlyphs)).toBe('– left');
});
