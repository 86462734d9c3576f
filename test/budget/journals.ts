import fc from 'fast-check';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState, fold } from '../../src/state/fold.js';
import type { StudyState } from '../../src/state/types.js';
import { freeSlots } from '../../src/study/decide.js';
import { finished, preparation, started, wholeStudy } from '../report/example-study.js';

const [finalStarted, finalFinished] = wholeStudy.filter(({ type }) => type.startsWith('final-'));

interface Choice {
  /** Which of the events that may follow comes next, and which of the trials or slots it is about. */
  readonly which: number;
  readonly target: number;
  readonly seconds: number;
  /** What a process claims to have spent, against what it may. */
  readonly claim: number;
}

/** What may come next, by the rules that a study's journal follows. */
function mayFollow(state: StudyState, { target, claim }: Choice, at: number): readonly StudyEvent[] {
  const pick = <T>(from: readonly T[]): readonly T[] =>
    from.length > 0 ? from.slice(target % from.length).slice(0, 1) : [];
  if (state.phase === 'interrupted') return [{ type: 'study-resumed', at, downSeconds: 0 }];
  const always: readonly StudyEvent[] = [
    { type: 'told', at, message: 'something' },
    { type: 'study-interrupted', at, reason: 'stopped' },
    { type: 'study-resumed', at, downSeconds: 1 },
  ];
  const free = freeSlots(state);
  const cost = {
    wallSeconds: 1,
    trainSeconds: 3 * claim,
    dataSeconds: claim,
    evaluateSeconds: claim,
    checkpointSeconds: claim,
  };
  if (state.searchEnd === null) {
    const running = state.trials.filter(({ rungs }) => rungs.at(-1)?.status === 'running');
    const idle = state.trials.filter(({ rungs }) => rungs.at(-1)?.status !== 'running');
    const predicting = state.predictions.filter(({ end }) => end === null);
    return [
      ...always,
      { type: 'trial-created', at, trial: state.trials.length, bracket: 0, configuration: {}, origin: 'random' },
      ...pick(idle).flatMap(({ trial, rungs }) => pick(free).map((slot) => started(trial, rungs.length, at, slot))),
      ...pick(running).flatMap(({ trial, rungs }): readonly StudyEvent[] => [
        { ...finished(trial, rungs.at(-1)?.rung ?? 0, at, 0.5), ...cost },
        { type: 'rung-failed', at, trial, rung: rungs.at(-1)?.rung ?? 0, reason: 'crash', message: '', log: null },
        { type: 'rung-checkpoint', at, trial, fraction: 0.5 },
      ]),
      ...pick(idle).flatMap(({ trial }) =>
        predicting.length > 0
          ? []
          : pick(free).map(
              (slot): StudyEvent => ({ type: 'prediction-started', at, trial, rung: 0, slot, killAt: at }),
            ),
      ),
      ...predicting.map(
        ({ trial }): StudyEvent => ({
          type: 'prediction-ended',
          at,
          trial,
          rung: 0,
          wallSeconds: claim,
          failed: claim > 1 ? 'crash' : null,
        }),
      ),
      ...(free.length === state.engine?.slots && state.trials.length > 0
        ? [{ type: 'search-ended', at, reason: '', winner: 0 } as const]
        : []),
    ];
  }
  const end: StudyEvent = { type: 'study-finished', at, exitCode: 0, reason: 'done' };
  switch (state.final.status) {
    case 'waiting':
    case 'failed':
      return [...always, ...(finalStarted?.type === 'final-started' ? [{ ...finalStarted, at, trial: 0 }] : []), end];
    case 'running':
      return [
        ...always,
        { type: 'final-failed', at, reason: 'crash', message: '', log: null },
        ...(finalFinished?.type === 'final-finished'
          ? [{ ...finalFinished, at, ...cost, inferenceSeconds: claim }]
          : []),
      ];
    case 'finished':
      return [...always, end];
  }
}

const choice: fc.Arbitrary<Choice> = fc.record({
  which: fc.nat(),
  target: fc.nat(9),
  seconds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 30, noNaN: true })),
  claim: fc.double({ min: 0, max: 10, noNaN: true }),
});

/** Journals as a study may write them, with interruptions, kills and failures anywhere; they end anywhere, too. */
export const legalJournal: fc.Arbitrary<readonly StudyEvent[]> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.array(choice, { maxLength: 60 }))
  .map(([slots, choices]) => {
    const plan = { searchEndsAt: 90, endsAt: 357, secondsPerUnit: 1, overheadSeconds: 1, brackets: [] };
    const events: StudyEvent[] = [
      ...preparation.map((event) => (event.type === 'engine-chosen' ? { ...event, slots } : event)),
      { type: 'plan-made', at: 22, ...plan },
    ];
    let state = events.reduce(fold, emptyState);
    for (const one of choices) {
      const possible = mayFollow(state, one, state.at + one.seconds);
      const event = possible[one.which % possible.length];
      if (event === undefined || state.finished !== null) break;
      events.push(event);
      state = fold(state, event);
    }
    return events;
  });
