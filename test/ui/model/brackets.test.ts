import { describe, expect, test } from 'vitest';
import type { StudyState } from '../../../src/state/types.js';
import { bracketLines, bracketsTitle, resourceUnit } from '../../../src/ui/model/brackets.js';
import { asciiGlyphs, unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import type { Line } from '../../../src/ui/model/segments.js';
import { emptyState, finalState, searchState } from '../canned.js';
import { finishedRung, trialOf } from '../canned-trials.js';

function textOf({ segments }: Line): string {
  return segments.map(({ text }) => text).join('');
}

function lines(state: StudyState, rows = 9, glyphs = unicodeGlyphs): string[] {
  return bracketLines(state, rows, glyphs).map((line) => textOf(line).replaceAll(/ +/g, ' ').trim());
}

function inEpochs(): StudyState {
  const state = searchState();
  const space = state.space && { ...state.space, space: { scheduler: { unit: 'epochs' } } };
  return { ...state, space };
}

describe('the bracket list', () => {
  test('shows trials and resources by rung, and where each bracket stands', () => {
    expect(lines(searchState())).toEqual([
      'b0 s=2 9→3→1 4s·12s·36s ● rung 3/3 0 of 1 judged',
      'b1 s=1 3→1 12s·36s ● rung 1/2 1 of 3 judged',
      '– s=0 2 36s ○ waiting',
    ]);
  });

  test('shows the lengths of all rungs, however long their text, and the parts of all brackets below each other', () => {
    const state = searchState();
    const lengths = [159, 478, 1434, 4300];
    const ladder = lengths.map((resource, rung) => ({ trials: 54 / 3 ** rung, resource }));
    const plan = state.plan && { ...state.plan, brackets: [ladder, ladder.slice(2)] };
    const [first = '', second = ''] = bracketLines({ ...state, plan }, 9, unicodeGlyphs).map(textOf);
    expect(first).toMatch(/ {2}54→18→6→2 {2}2m39s·7m58s·23m54s·1h11m {2}● rung/);
    expect(second.indexOf('●')).toBe(first.indexOf('●'));
    expect(second.indexOf('23m54s')).toBe(first.indexOf('2m39s'));
  });

  test('keeps to ASCII where asked to', () => {
    for (const one of lines(searchState(), 9, asciiGlyphs)) expect(one).toMatch(/^[ -~]+$/);
  });

  test('a bracket whose rungs are full is done', () => {
    const trials = [finishedRung(0, 0, 10, 0.7, 2), finishedRung(1, 0, 10, 0.8, 2)].map((rung, trial) =>
      trialOf(trial, 0, [rung]),
    );
    const state = { ...searchState(), brackets: [{ bracket: 0, shape: 2 }], trials };
    expect(lines(state)[0]).toBe('b0 s=0 2 36s ✓ done');
  });

  test('brackets that the end of the search has cut short say where, and none waits', () => {
    expect(lines(finalState())).toEqual([
      'b0 s=2 9→3→1 4s·12s·36s ✓ done',
      'b1 s=1 3→1 12s·36s – cut at rung 1/2 1 of 3 judged',
    ]);
  });

  test('a ladder never fills: it shows how many trials have come to each rung, and how many are expected', () => {
    const state = searchState();
    const [rungs = []] = state.plan?.brackets ?? [];
    const expected = rungs.map((rung) => ({ ...rung, trials: rung.trials * 2 }));
    const promotion = { rule: 'asha' as const, eta: 3 };
    const plan = state.plan && { ...state.plan, brackets: [expected], promotion };
    const onLadder = { ...state, plan, brackets: [{ bracket: 0, shape: 0 }] };
    expect(lines(onLadder)).toEqual(['b0 s=2 9→3→1 4s·12s·36s ● of 18→6→2 expected']);
  });

  test('with few rows the oldest brackets go first', () => {
    expect(lines(searchState(), 2).map((one) => one.slice(0, 2))).toEqual(['b1', '– ']);
    expect(lines(searchState(), 1).map((one) => one.slice(0, 2))).toEqual(['b1']);
  });

  test('says so before there is a plan', () => {
    expect(lines(emptyState)).toEqual(['no brackets yet']);
  });

  test('epochs stand in the title, not on every number', () => {
    expect(bracketsTitle(inEpochs())).toBe('Brackets (epochs)');
    expect(lines(inEpochs())[1]).toContain('12·36 ');
  });

  test('the unit is seconds unless the space says otherwise', () => {
    expect([emptyState, searchState(), inEpochs()].map(resourceUnit)).toEqual(['seconds', 'seconds', 'epochs']);
  });
});
