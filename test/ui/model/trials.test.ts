import { describe, expect, test } from 'vitest';
import { failureReason } from '../../../src/state/events.js';
import { unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import {
  bestTitle,
  bestTrial,
  failureWord,
  latestScore,
  orderedTrials,
  placeOf,
  rungStanding,
  trialSeconds,
  trialStatus,
} from '../../../src/ui/model/trials.js';
import { emptyState, finalState, searchState } from '../canned.js';
import { finishedRung, trialOf } from '../canned-trials.js';

const state = searchState();

function wordOf(trial: number, of = state): string | undefined {
  const found = of.trials.find((one) => one.trial === trial);
  return found && trialStatus(of, found, unicodeGlyphs).word;
}

describe('the status of a trial', () => {
  test('each way to stand has its own word', () => {
    expect([3, 0, 9, 5, 7, 11].map((trial) => wordOf(trial))).toEqual([
      'running',
      'cut',
      'scored',
      'diverged',
      'crashed',
      'waiting',
    ]);
  });

  test('a trial is done when it has finished the last rung of its bracket, and the winner once the search has ended', () => {
    const ended = finalState();
    expect(wordOf(3, { ...ended, searchEnd: null })).toBe('done');
    expect(wordOf(3, ended)).toBe('winner');
    const other = { ...ended, searchEnd: ended.searchEnd && { ...ended.searchEnd, winner: 6 } };
    expect([3, 6, 0].map((trial) => wordOf(trial, other))).toEqual(['done', 'winner', 'cut']);
  });

  test('a full rung promotes its best and cuts the others', () => {
    const trials = [0.5, 0.9, 0.7].map((score, trial) => trialOf(trial, 1, [finishedRung(trial, 0, 20, score, 1)]));
    const full = { ...state, trials };
    expect([0, 1, 2].map((trial) => wordOf(trial, full))).toEqual(['cut', 'promoted', 'cut']);
  });

  test('among equal scores the older trial is promoted', () => {
    const trials = [0.7, 0.7, 0.7].map((score, trial) => trialOf(trial, 1, [finishedRung(trial, 0, 20, score, 1)]));
    expect([0, 1, 2].map((trial) => wordOf(trial, { ...state, trials }))).toEqual(['promoted', 'cut', 'cut']);
  });

  test('nobody is promoted after the search has ended', () => {
    const ended = { ...state, searchEnd: finalState().searchEnd };
    expect(wordOf(9, ended)).toBe('cut');
  });

  test('a trial that the study itself stopped has not failed: it waits, and is cut where the search ends before its turn', () => {
    const stopped = state.trials.map((trial) =>
      trial.trial === 5
        ? {
            ...trial,
            rungs: trial.rungs.map((rung) =>
              rung.status === 'failed' ? { ...rung, reason: 'interrupted' as const } : rung,
            ),
          }
        : trial,
    );
    const [trial] = stopped.filter((one) => one.trial === 5);
    const statusIn = (of: typeof state) => trial && trialStatus(of, trial, unicodeGlyphs);
    expect(statusIn(state)).toMatchObject({ kind: 'waiting', word: 'stopped' });
    expect(statusIn({ ...state, searchEnd: finalState().searchEnd })).toMatchObject({ kind: 'cut', word: 'stopped' });
  });

  test('the winner is that also where a rung above the one it has won by has failed', () => {
    const ended = finalState();
    const searchEnd = ended.searchEnd && { ...ended.searchEnd, winner: 7 };
    expect(wordOf(7, { ...ended, searchEnd })).toBe('winner');
  });

  test('every failure has a word of at most nine characters', () => {
    const words = failureReason.options.map(failureWord);
    expect(new Set(words).size).toBe(words.length);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(9);
  });
});

test('a rung has fewer places than planned when failures left fewer to promote', () => {
  const failed = state.trials.filter(({ trial }) => trial === 5 || trial === 7);
  const trials = [...failed, trialOf(0, 0, [finishedRung(0, 0, 20, 0.7)])];
  expect(rungStanding({ ...state, trials }, 0, 1)).toEqual({ ended: 0, places: 1 });
  expect(rungStanding(state, 0, 0)).toEqual({ ended: 9, places: 9 });
});

test('the table has running trials first, then by top-1, then those without', () => {
  expect(orderedTrials(state).map(({ trial }) => trial)).toEqual([3, 10, 0, 6, 9, 2, 4, 1, 8, 5, 7, 11]);
});

test('a trial counts with its highest finished rung', () => {
  const trial = trialOf(1, 0, [finishedRung(1, 0, 10, 0.8), finishedRung(1, 1, 20, 0.6)]);
  expect(latestScore(trial)).toBe(0.6);
  expect(latestScore(trialOf(2, 0, []))).toBeNull();
});

test('the best trial is the first by rank, and the winner once the search has ended', () => {
  expect(bestTrial(emptyState)).toBeNull();
  expect(bestTrial(state)?.trial).toBe(3);
  const ended = { ...state, searchEnd: { type: 'search-ended', at: 90, reason: 'asked to', winner: 6 } as const };
  expect(bestTrial(ended)?.trial).toBe(6);
  // The winner of a search that never was.
  const unscored = {
    ...ended,
    trials: ended.trials.map((trial) => (trial.trial === 6 ? { ...trial, rungs: [] } : trial)),
  };
  expect(bestTrial(unscored)).toBeNull();
  const without = { ...state, searchEnd: { ...ended.searchEnd, winner: null } };
  expect([state, without, ended].map(bestTitle)).toEqual(['best top-1', 'best top-1', 'winner, top-1']);
});

test('the seconds of a trial are those of all its rungs, the running one included', () => {
  const running = state.trials[3];
  const failed = state.trials[5];
  if (running === undefined || failed === undefined) throw new Error('expected twelve trials');
  expect(trialSeconds(running, 77)).toBeCloseTo(4.2 + 12.6 + 22);
  expect(trialSeconds(failed, 77)).toBeCloseTo(2.4);
});

test('the place of a trial is its bracket and its rung, counted from one', () => {
  expect(state.trials.slice(9).map((trial) => placeOf(state, trial, '–'))).toEqual(['b1 1/2', 'b1 1/2', 'b1 –/2']);
  expect(placeOf(emptyState, trialOf(0, 0, []), '–')).toBe('b0 –/–');
});
