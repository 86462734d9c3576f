import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { book, emptyLedger, type Ledger, searchedSeconds } from '../../src/budget/ledger.js';
import { ledgerEntries, ledgerFigures } from '../../src/budget/ledger-entries.js';
import type { SimulatedWorld } from '../../src/executor/simulator.js';
import type { StudyEvent } from '../../src/state/events.js';
import { preparation, started, stateOf, wholeStudy } from '../report/example-study.js';
import { plainWorld, simulate } from '../study/simulated.js';
import { legalJournal } from './journals.js';

const ledgerOf = (events: readonly StudyEvent[]): Ledger => events.reduce(book, emptyLedger);

/** Accounts that have time, by name; parts as `search step`. */
const named = (ledger: Ledger): Record<string, number> =>
  Object.fromEntries(
    ledgerEntries(ledger)
      .filter(({ seconds }) => seconds > 0)
      .map(({ account, part, seconds }) => [part === null ? account : `${account} ${part}`, seconds]),
  );

const together = (ledger: Ledger): number => ledgerEntries(ledger).reduce((sum, { seconds }) => sum + seconds, 0);

const plan: StudyEvent = {
  type: 'plan-made',
  at: 21,
  searchEndsAt: 90,
  endsAt: 357,
  secondsPerUnit: 1,
  overheadSeconds: 1,
  brackets: [],
};

describe('the ledger', () => {
  it('books every second of a whole study, those of parallel trials divided by the slots', () => {
    const ledger = ledgerOf(wholeStudy);
    expect(named(ledger)).toEqual({
      preparation: 25 - 20,
      pack: 20,
      // Of every slot-second; rungs of 10 s and 30 s, each 12 s and 32 s long.
      'search start': (4 * 0.5) / 2,
      'search data': (4 * 0.25) / 2,
      'search step': (20 + 60 - 1) / 2,
      'search evaluate': 4 / 2,
      'search checkpoint': (4 * 0.5) / 2,
      'search lost': 4 / 2,
      'search idle': (8 + 4 + 3 + 3) / 2,
      decide: 2,
      'final start': 273 - 262 - 4 - 1 - 3,
      'final data': 2,
      'final step': 260,
      'final evaluate': 4,
      'final checkpoint': 1,
      inference: 3,
      write: 2,
      reserve: 3,
    });
    expect(together(ledger)).toBeCloseTo(360, 9);
  });

  it("adds up whatever the journal says, with no negative entry and each slot's seconds those of the search", () => {
    fc.assert(
      fc.property(legalJournal, (events) => {
        let ledger = emptyLedger;
        for (const event of events) {
          ledger = book(ledger, event);
          const entries = ledgerEntries(ledger);
          for (const { seconds } of entries) expect(seconds).toBeGreaterThanOrEqual(0);
          const ended = event.type === 'study-finished';
          expect(together(ledger)).toBeCloseTo(ended ? Math.max(ledger.at, ledger.budgetSeconds ?? 0) : ledger.at, 6);
          const search = entries.filter(({ account }) => account === 'search');
          const wall = search.reduce((sum, { seconds }) => sum + seconds, 0);
          expect(searchedSeconds(ledger, ledger.at)).toBeCloseTo(wall, 6);
          for (const slot of search[0]?.slotSeconds.keys() ?? []) {
            expect(search.reduce((sum, { slotSeconds }) => sum + (slotSeconds[slot] ?? 0), 0)).toBeCloseTo(wall, 6);
          }
        }
      }),
    );
  });

  it('never takes back what it has booked', () => {
    fc.assert(
      fc.property(legalJournal, (events) => {
        let before = emptyLedger;
        for (const event of events) {
          const after = book(before, event);
          for (const account of ['search', 'final'] as const)
            for (const [part, seconds] of Object.entries(before[account]))
              expect(Object.entries(after[account]).find(([name]) => name === part)?.[1]).toBeGreaterThanOrEqual(
                seconds,
              );
          before = after;
        }
      }),
    );
  });

  it('calls a killed study down from its last event on, and what ran then lost', () => {
    const killed = ledgerOf([
      ...preparation,
      plan,
      started(0, 0, 25, 0),
      { type: 'told', at: 31, message: 'the last sign of life' },
      { type: 'study-resumed', at: 65, downSeconds: 34 },
      { type: 'told', at: 68, message: 'preparing again' },
      started(0, 0, 70, 1),
    ]);
    expect(named(killed)).toEqual({
      preparation: 1 + 5,
      pack: 20,
      'search lost': 6 / 2,
      'search idle': 4 + 6 / 2,
      down: 34,
    });
  });

  it('calls an interrupted study down from its interruption on', () => {
    const interrupted = ledgerOf([
      ...preparation,
      plan,
      started(0, 0, 25, 0),
      { type: 'study-interrupted', at: 27, reason: 'by the user' },
      { type: 'study-resumed', at: 40, downSeconds: 13 },
    ]);
    expect(named(interrupted)).toMatchObject({ 'search lost': 1, down: 13 });
  });

  it('loses of a rung that has crashed or was killed only what it has trained since it saved last', () => {
    const begun: StudyEvent[] = [...preparation, plan, started(0, 0, 25, 0), started(1, 0, 25, 1)];
    const saved: StudyEvent[] = [
      { type: 'rung-checkpoint', at: 30, trial: 0, fraction: 0.5 },
      { type: 'rung-checkpoint', at: 32, trial: 0, fraction: 0.6 },
    ];
    const failed: StudyEvent = {
      type: 'rung-failed',
      at: 36,
      trial: 0,
      rung: 0,
      reason: 'crash',
      message: '',
      log: null,
    };
    const crashed = ledgerOf([...begun, ...saved, failed]);
    expect(crashed.searchBySlot[0]).toMatchObject({ start: 0, step: 32 - 25, lost: 36 - 32 });
    // The other trial has saved nothing.
    const killed = ledgerOf([...begun, ...saved, { type: 'study-resumed', at: 50, downSeconds: 18 }]);
    expect(killed.searchBySlot[0]).toMatchObject({ step: 7, lost: 0 });
    expect(killed.searchBySlot[1]).toMatchObject({ step: 0, lost: 32 - 25 });
  });

  it('keeps every attempt of the final run and the waiting between them apart', () => {
    const events = wholeStudy.flatMap((event): StudyEvent[] =>
      event.type === 'final-started'
        ? [
            event,
            { type: 'final-failed', at: 85, reason: 'diverged', message: 'loss', log: null },
            { ...event, at: 86, attempt: 2 },
            { type: 'study-resumed', at: 90, downSeconds: 4 },
            { ...event, at: 92, attempt: 3 },
          ]
        : [event],
    );
    const ledger = ledgerOf(events);
    // The second attempt was killed at once: nothing was written after its start.
    expect(named(ledger)).toMatchObject({ 'final lost': 3, 'final idle': 1, down: 4, preparation: 5 + 2 });
    expect(together(ledger)).toBeCloseTo(360, 9);
  });

  it('loses of a final run that was killed only what it has trained since its last checkpoint', () => {
    const begun = wholeStudy.slice(
      0,
      wholeStudy.findIndex(({ type }) => type === 'final-finished'),
    );
    const saved: StudyEvent = {
      type: 'final-checkpoint',
      at: 150,
      path: 'final/final.checkpoint',
      fraction: 0,
      images: 1,
    };
    const progress: StudyEvent = {
      type: 'final-progress',
      at: 85,
      fraction: 0,
      images: 1,
      epochs: 1,
      loss: 1,
      learningRate: 1,
      imagesPerSecond: 1,
    };
    const told: StudyEvent = { type: 'told', at: 160, message: 'the last sign of life' };
    const resumed: StudyEvent = { type: 'study-resumed', at: 170, downSeconds: 10 };
    const parts = (...events: StudyEvent[]) => {
      const { start, step, lost } = ledgerOf([...begun, ...events, told, resumed]).final;
      return { start, step, lost };
    };
    expect(parts(progress, saved)).toEqual({ start: 85 - 82, step: 150 - 85, lost: 160 - 150 });
    expect(parts(progress)).toEqual({ start: 0, step: 0, lost: 160 - 82 });
    // It has begun anew, and its checkpoint is gone.
    expect(parts(progress, saved, { ...saved, at: 155, images: 0 })).toEqual({ start: 0, step: 0, lost: 160 - 82 });
    expect(parts(progress, { ...progress, at: 120 }, saved, { ...saved, at: 158 })).toEqual({
      start: 3,
      step: 73,
      lost: 2,
    });
    // What the next attempt does has a beginning of its own.
    const again = begun.flatMap((event) => (event.type === 'final-started' ? [{ ...event, at: 175 }] : []));
    const failed: StudyEvent = { type: 'final-failed', at: 180, reason: 'crash', message: 'm', log: null };
    expect(ledgerOf([...begun, progress, saved, told, resumed, ...again, failed]).final).toMatchObject({
      start: 3,
      step: 65,
      lost: 10 + 5,
    });
  });

  it('counts predictions with a trial after the search as inference of the final run', () => {
    const at = wholeStudy.findIndex(({ type }) => type === 'final-started');
    const begins: StudyEvent = { type: 'prediction-started', at: 81, trial: 1, rung: 1, slot: 0, killAt: 90 };
    const ends: StudyEvent = { type: 'prediction-ended', at: 82, trial: 1, rung: 1, wallSeconds: 0.75, failed: null };
    const within = (...events: readonly StudyEvent[]) =>
      ledgerOf([...wholeStudy.slice(0, at), ...events, ...wholeStudy.slice(at)]);
    const [plain, with1] = [within(), within(begins, ends)];
    expect(with1.inference).toBeCloseTo(plain.inference + 0.75);
    expect([with1.search, with1.decide]).toEqual([plain.search, plain.decide - 1]);
    expect(with1.final.start).toBeCloseTo(plain.final.start + 0.25);
    const failed = { ...ends, failed: 'crash: m', reason: 'crash' } as StudyEvent;
    expect(within(begins, failed).final.lost).toBeCloseTo(plain.final.lost + 1);
  });

  it('loses no time of a final run that has predicted before it ended without a result', () => {
    const begun = wholeStudy.slice(
      0,
      wholeStudy.findIndex(({ type }) => type === 'final-finished'),
    );
    const predicted: StudyEvent = { type: 'final-predicted', at: 350, path: 'final/predictions.csv' };
    const failed: StudyEvent = { type: 'final-failed', at: 358, reason: 'over-time', message: 'm', log: null };
    const unused = { ...predicted, path: null };
    expect(named(ledgerOf([...begun, predicted, failed]))).toMatchObject({ 'final step': 358 - 82 });
    expect(named(ledgerOf([...begun, failed]))).toMatchObject({ 'final lost': 358 - 82 });
    expect(named(ledgerOf([...begun, predicted, unused, failed]))).toMatchObject({ 'final lost': 358 - 82 });
  });

  it('shows work that goes on as running', () => {
    const ledger = ledgerOf([...preparation, plan, started(0, 0, 25, 1), { type: 'told', at: 31, message: '' }]);
    expect(named(ledger)).toMatchObject({ 'search running': 3 });
    const running = ledgerEntries(ledger).find(({ part }) => part === 'running');
    expect(running?.slotSeconds).toEqual([0, 6]);
    const final = ledgerOf([...wholeStudy.slice(0, -3), { type: 'told', at: 100, message: '' }]);
    expect(named(final)).toMatchObject({ 'final running': 18 });
  });

  it('scales down what a process claims to have done in more time than there was', () => {
    const events = wholeStudy.map((event) =>
      event.type === 'final-finished' ? { ...event, trainSeconds: 2620, dataSeconds: 20 } : event,
    );
    const ledger = ledgerOf(events);
    expect(together(ledger)).toBeCloseTo(360, 9);
    expect(ledger.final.start).toBe(0);
    expect(ledger.final.step).toBeCloseTo((273 * 2600) / 2628, 9);
  });

  it('gives packing no more time than there was', () => {
    const tooLong = preparation.map((event) => (event.type === 'data-packed' ? { ...event, seconds: 30 } : event));
    expect(named(ledgerOf(tooLong))).toEqual({ pack: 21 });
  });

  it('has no reserve where the study overran, and says by how much', () => {
    const late = ledgerOf([...wholeStudy.slice(0, -1), { type: 'study-finished', at: 361.5, exitCode: 0, reason: '' }]);
    expect(ledgerFigures(late)).toMatchObject({ usedShare: 1, overshootSeconds: 1.5 });
    expect(together(late)).toBeCloseTo(361.5, 9);
  });

  it('of studies that were really decided, with trials that fail, adds up to the budget', async () => {
    const seeds = fc.integer({ min: 0, max: 1000 });
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 1, max: 3 }), async (seed, slots) => {
        const failing: SimulatedWorld = {
          ...plainWorld,
          rung: (configuration, trial, ...rest) =>
            (trial + seed) % 4 === 0
              ? { kind: 'failure', reason: 'diverged', afterSeconds: 2 }
              : plainWorld.rung(configuration, trial, ...rest),
        };
        const { ledger } = await simulate({ seed, slots, world: failing }).play();
        expect(together(ledger)).toBeCloseTo(600, 6);
        expect(ledger.search.lost).toBeGreaterThan(0);
        const { usedShare, searchStepShare } = ledgerFigures(ledger);
        expect(usedShare).toBeGreaterThan(0.99);
        // A second of each rung is no training, and some of them fail.
        expect(searchStepShare).toBeGreaterThan(0.6);
      }),
      { numRuns: 20 },
    );
  });

  it('is part of the state that a journal adds up to', () => {
    expect(stateOf(wholeStudy).ledger).toEqual(ledgerOf(wholeStudy));
  });
});
