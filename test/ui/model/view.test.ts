import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StudyState } from '../../../src/state/types.js';
import { asciiGlyphs, unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { lineWidth } from '../../../src/ui/model/segments.js';
import { viewModel } from '../../../src/ui/model/view.js';
import { emptyState, finalState, finishedState, searchState } from '../canned.js';
import { finishedRung, trialOf } from '../canned-trials.js';
import { frame, options } from '../frame.js';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const value = fc.oneof(text, fc.double(), fc.integer(), fc.boolean());

/** The canned studies with anything in the places that users, trials and clocks fill. */
const anyState: fc.Arbitrary<StudyState> = fc
  .record({
    base: fc.constantFrom(emptyState, searchState(), finalState(), finishedState()),
    phase: fc.constantFrom('preparing' as const, 'search' as const, 'final' as const, 'finished' as const),
    name: text,
    more: fc.array(
      fc.record({ score: fc.double(), configuration: fc.dictionary(text, value, { maxKeys: 5 }), bracket: fc.nat(4) }),
      { maxLength: 40 },
    ),
    told: fc.array(text, { maxLength: 8 }),
    planned: fc.boolean(),
  })
  .map(({ base, phase, name, more, told, planned }) => ({
    ...base,
    phase,
    created: base.created && { ...base.created, name, dataDirectory: `/data/${name}` },
    plan: planned ? base.plan : null,
    trials: [
      ...base.trials,
      ...more.map(({ score, configuration, bracket }, index) => ({
        ...trialOf(100 + index, bracket, [finishedRung(100 + index, 0, 20, score)]),
        configuration,
      })),
    ],
    told: [...base.told, ...told.map((message, at) => ({ at, message }))],
  }));

const anyOptions = fc
  .record({
    columns: fc.oneof(fc.integer({ min: 1, max: 260 }), fc.constantFrom(59, 60, 79, 80, 119, 120)),
    rows: fc.oneof(fc.integer({ min: 2, max: 90 }), fc.constantFrom(11, 12, 19, 20)),
    screen: fc.constantFrom(
      null,
      'search' as const,
      'detail' as const,
      'final' as const,
      'time' as const,
      'messages' as const,
      'help' as const,
    ),
    selected: fc.oneof(fc.constant(null), fc.integer({ min: -1, max: 120 })),
    scroll: fc.integer({ min: -5, max: 200 }),
    ascii: fc.boolean(),
    stopping: fc.boolean(),
  })
  .map(options);

describe('whatever the study, the size and the place of the user', () => {
  test('no line is longer than the terminal is wide, and one row stays free', () => {
    fc.assert(
      fc.property(anyState, anyOptions, fc.double({ min: -100, max: 1e7, noNaN: true }), (state, ui, now) => {
        const lines = viewModel(state, now, ui).sections.flatMap((section) => section.lines);
        expect(lines.length).toBeLessThanOrEqual(ui.rows - 1);
        for (const one of lines) expect(lineWidth(one)).toBeLessThanOrEqual(ui.columns);
      }),
      { numRuns: 300 },
    );
  });

  test('only characters of the glyph set in use are drawn', () => {
    fc.assert(
      fc.property(anyState, anyOptions, (state, ui) => {
        const { printable } = ui.ascii ? asciiGlyphs : unicodeGlyphs;
        for (const row of frame(state, 77, ui)) for (const one of row) expect(printable(one)).toBe(one);
      }),
      { numRuns: 100 },
    );
  });

  test('the selected trial is among the visible ones', () => {
    const state = searchState();
    const search = fc.record({ rows: fc.integer({ min: 12, max: 40 }), columns: fc.integer({ min: 60, max: 160 }) });
    fc.assert(
      fc.property(search, fc.integer({ min: 0, max: 11 }), fc.nat(20), (size, selected, scroll) => {
        const model = viewModel(state, 77, options({ ...size, selected, scroll, screen: 'search' }));
        const marked = model.sections.flatMap(({ lines }) => lines).filter(({ inverse }) => inverse);
        expect(marked.map(({ segments }) => segments[1]?.text.trim())).toEqual([String(selected)]);
      }),
    );
  });
});

describe('the search screen', () => {
  const rows = frame(searchState(), 77);

  test('fills 80x24 but for the last row', () => {
    expect(rows).toHaveLength(23);
    expect(rows.at(-1)).toMatch(
      /j\/k move {2}enter detail {2}tab search\/final {2}t time {2}m messages {2}\? help {2}q stop/,
    );
  });

  test('has a trial a row: state, rung, seconds, top-1, curve and what tells it apart', () => {
    expect(rows[9]).toMatch(/^› {5}3 ● running {3}b0 3\/3 {5}38\.8 ★0\.8612 █[▁-▇]+ +0\.4023 residual +24 $/);
    expect(rows[10]).toMatch(/^ {5}10 ● running {3}b1 1\/2 {6}8\.0 {7}– █/);
  });

  test('numbers stand below each other', () => {
    const dots = rows.slice(9, 18).map((row) => row.indexOf('.', 30));
    expect(new Set(dots).size).toBe(1);
  });

  test('names the best trial, its parameters and the submission in place', () => {
    expect(rows.some((row) => /★ best top-1 0\.8612 {2}trial 3 {2}lr 0\.4023.*submission: trial 3/.test(row))).toBe(
      true,
    );
  });

  test('shows the newest messages, and the oldest ones only where there is room', () => {
    expect(rows.join('\n')).toContain('trial 3 has the best top-1');
    expect(rows.join('\n')).not.toContain('70,000 images were grey');
    expect(frame(searchState(), 77, { columns: 140, rows: 40 }).join('\n')).toContain('70,000 images were grey');
  });

  test('a large terminal shows the curve of the selected trial', () => {
    const large = frame(searchState(), 77, { columns: 140, rows: 40, selected: 6 });
    expect(large).toHaveLength(39);
    expect(large.join('\n')).toContain('Training loss of trial 6');
  });

  test('below 80x20 only header and table are left, below 60x12 one line', () => {
    const small = frame(searchState(), 77, { columns: 79, rows: 20 });
    expect(small[2]).toContain('trial state');
    expect(small).toHaveLength(15);
    expect(frame(searchState(), 77, { columns: 59, rows: 24 })).toEqual([
      '● searching  4:43 left of 6:00  21 %  best 0.8612',
    ]);
    expect(frame(finalState(), 77, { columns: 59, rows: 24 })[0]).toMatch(/ {2}winner 0\.8871$/);
  });

  test('before the first event it already has its shape', () => {
    const empty = frame(emptyState, 0);
    expect(empty).toHaveLength(23);
    expect(empty[0]).toMatch(/^ hyperbudget {2}engine – {2}data – +○ preparing $/);
    expect(empty.join('\n')).toContain('no brackets yet');
  });
});

test('once the search has ended its winner is named as such, whoever has the highest top-1', () => {
  const state = finalState();
  const searchEnd = state.searchEnd && { ...state.searchEnd, winner: 6 };
  const rows = frame({ ...state, searchEnd }, 241, { screen: 'search' }).join('\n');
  expect(rows).toMatch(/^ ★ winner, top-1 0\.8274 {2}trial 6 /m);
  expect(rows).toMatch(/^ {6}6 ★ winner /m);
  expect(rows).not.toContain('best top-1 0');
});

describe('the messages', () => {
  const told = [
    { at: 10, message: 'the oldest' },
    ...Array.from({ length: 30 }, (_, index) => ({ at: 20 + index, message: `message ${index}` })),
    { at: 77, message: `${'word '.repeat(30)}and its end` },
  ];
  const state = { ...searchState(), told };

  test('stand there in full, the newest first', () => {
    const rows = frame(state, 77, { screen: 'messages' });
    expect(rows[4]).toMatch(/^ {4}1:17 word( word){12}/);
    expect(rows.slice(4, 7).join(' ')).toContain('and its end');
    expect(rows[7]).toMatch(/^ {4}0:49 message 29/);
  });

  test('scroll to the oldest, and then offer no more', () => {
    expect(frame(state, 77, { screen: 'messages' })[3]).toContain('pgdn for more');
    const end = frame(state, 77, { screen: 'messages', scroll: 99 });
    expect(end.at(-2)).toMatch(/^ {4}0:10 the oldest/);
    expect(end[3]).not.toContain('pgdn');
  });

  test('are none before the first', () => {
    expect(frame(emptyState, 0, { screen: 'messages' }).join('\n')).toContain('none yet');
  });
});

describe('the detail of a trial', () => {
  test('has the failure with its reason and its log', () => {
    const detail = frame(searchState(), 77, { screen: 'detail', selected: 5 }).join('\n');
    expect(detail).toContain('Trial 5  ✗ diverged  b0 1/3  proposed as prior');
    expect(detail).toContain('✗ diverged: loss is not finite at step 31');
    expect(detail).toContain('log results/quickstart/trials/5/log.txt');
  });

  test('has every rung with its result, and the whole configuration', () => {
    const state = searchState();
    const detail = frame(state, 77, { screen: 'detail', selected: 3, rows: 40 }).join('\n');
    expect(detail).toMatch(/1 +4s +finished +4\.2 +0\.8027/);
    expect(detail).toMatch(/2 +12s +finished +12\.6 +0\.8612/);
    expect(detail).toMatch(/3 +36s +running +22\.0/);
    for (const name of Object.keys(state.trials[3]?.configuration ?? {})) expect(detail).toContain(name);
  });

  test('scrolls where it does not fit, and no further than its end', () => {
    const model = viewModel(searchState(), 77, options({ screen: 'detail', selected: 5, rows: 20, scroll: 99 }));
    expect(model.lastScroll).toBeGreaterThan(0);
    expect(model.scroll).toBe(model.lastScroll);
    const last = frame(searchState(), 77, { screen: 'detail', selected: 5, rows: 20, scroll: 99 }).at(-2);
    expect(last).toContain('100 %');
  });

  test('a trial that does not exist is said', () => {
    expect(frame(searchState(), 77, { screen: 'detail', selected: 77 }).join('\n')).toContain('no such trial');
  });
});

describe('the final run', () => {
  test('is shown by itself when the study gets there', () => {
    const rows = frame(finalState(), 241).join('\n');
    expect(rows).toContain('● running   configuration of trial 3   attempt 2');
    expect(rows).toMatch(/time left +1:53 until 5:54 +schedule +44 %/);
    expect(rows).toMatch(/epochs +2\.04 +images\/s +\d{4}/);
    expect(rows).toMatch(/checkpoint +final\.checkpoint +submission +trial 3/);
    expect(rows).toContain('✗ 2:49 diverged: loss is not finite at step 88');
    expect(rows).toMatch(/│[⠀-⣿]/);
  });

  test('before it begins, its times are those of the plan', () => {
    const rows = frame(searchState(), 77, { screen: 'final' }).join('\n');
    expect(rows).toContain('○ waiting for the search');
    expect(rows).toMatch(/begins at +2:40 +ends at +5:54/);
  });

  test('of a search will never be, which is said', () => {
    const state = searchState();
    const created = state.created && { ...state.created, mode: 'search' as const };
    const rows = frame({ ...state, created }, 77, { screen: 'final' }).join('\n');
    expect(rows).toContain('no final run: this is a search');
    expect(rows).not.toContain('begins at');
  });

  test('says in full why it failed, and where its log is', () => {
    const state = finalState();
    if (state.final.status !== 'running') throw new Error('expected a running final run');
    const message = `${'reason '.repeat(20)}and its end`;
    const failures = state.final.failures.map((failure) => ({ ...failure, message }));
    const rows = frame({ ...state, final: { ...state.final, failures } }, 241).join('\n');
    expect(rows).toContain('and its end');
    expect(rows).toContain('   log final/log.txt');
  });

  test('once finished it has its top-1', () => {
    expect(frame(finishedState(), 352, { screen: 'final' }).join('\n')).toMatch(/✓ finished[\s\S]*top-1 +0\.9134/);
  });
});
