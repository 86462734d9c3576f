import { unreachable } from '../../errors.js';
import type { FailureReason } from '../../state/events.js';
import { rankTrials } from '../../state/ranking.js';
import type { RungRecord, StudyState, TrialState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import type { Tone } from './segments.js';

/** Where a trial stands, as glyph, word and tone; the word has at most nine characters. */
export interface TrialStatus {
  readonly kind: 'running' | 'waiting' | 'scored' | 'promoted' | 'done' | 'cut' | 'winner' | 'failed';
  readonly glyph: string;
  readonly word: string;
  readonly tone: Tone;
}

export function failureWord(reason: FailureReason): string {
  switch (reason) {
    case 'crash':
      return 'crashed';
    case 'hang':
      return 'hung';
    case 'over-time':
      return 'over time';
    case 'diverged':
      return 'diverged';
    case 'out-of-memory':
      return 'no memory';
    case 'protocol':
      return 'protocol';
    case 'data':
      return 'data';
    case 'error':
      return 'failed';
    case 'interrupted':
      return 'stopped';
    default:
      return unreachable(reason);
  }
}

/** Trials and resources by rung of the bracket that a trial is in; empty while the plan is not known. */
export function rungsOfBracket(state: StudyState, bracket: number): readonly { trials: number; resource: number }[] {
  const shape = state.brackets.find((opened) => opened.bracket === bracket)?.shape;
  return shape === undefined ? [] : (state.plan?.brackets[shape] ?? []);
}

/** Whether trials are promoted one by one, on a ladder that stays open as long as the search lasts. */
export function isLadder({ plan }: StudyState): boolean {
  return plan?.promotion !== undefined && plan.promotion.rule !== 'halving';
}

/** How many trials of a bracket have come to a rung. */
export function trialsInRung(state: StudyState, bracket: number, rung: number): number {
  return inRung(state, bracket, rung, () => true);
}

function scoreInRung(trial: TrialState, rung: number): number | null {
  const record = trial.rungs.find((candidate) => candidate.rung === rung);
  return record?.status === 'finished' ? record.result.score : null;
}

/** Whether a record takes its place in the rung: an interrupted one is done again. */
export function hasEnded(record: RungRecord): boolean {
  return record.status === 'finished' || (record.status === 'failed' && record.reason !== 'interrupted');
}

function inRung(state: StudyState, bracket: number, rung: number, test: (record: RungRecord) => boolean): number {
  return state.trials.filter(
    (trial) => trial.bracket === bracket && trial.rungs.some((record) => record.rung === rung && test(record)),
  ).length;
}

/** How many trials of a rung have taken their place, and how many places it has. */
export interface RungStanding {
  readonly ended: number;
  /** Fewer than planned where failures in the rung below left fewer to promote. */
  readonly places: number;
}

/** A rung of a bracket; only meaningful when the rung below is full. */
export function rungStanding(state: StudyState, bracket: number, rung: number): RungStanding {
  const planned = rungsOfBracket(state, bracket)[rung]?.trials ?? 0;
  const below = inRung(state, bracket, rung - 1, (record) => record.status === 'finished');
  return { ended: inRung(state, bracket, rung, hasEnded), places: rung === 0 ? planned : Math.min(planned, below) };
}

/** What is known to follow from a finished rung that is not its bracket's last. */
function afterRung(state: StudyState, trial: TrialState, rung: number, score: number): 'scored' | 'promoted' | 'cut' {
  if (state.searchEnd !== null) return 'cut';
  // On a ladder every trial that has done well enough is promoted at once.
  if (isLadder(state)) return 'scored';
  const { ended, places } = rungStanding(state, trial.bracket, rung);
  if (ended < places || places === 0) return 'scored';
  const better = state.trials.filter((peer) => {
    if (peer.bracket !== trial.bracket) return false;
    const other = scoreInRung(peer, rung) ?? Number.NEGATIVE_INFINITY;
    return other > score || (other === score && peer.trial < trial.trial);
  }).length;
  return better < (rungsOfBracket(state, trial.bracket)[rung + 1]?.trials ?? 0) ? 'promoted' : 'cut';
}

export function trialStatus(state: StudyState, trial: TrialState, glyphs: Glyphs): TrialStatus {
  const last = trial.rungs.at(-1);
  // Whatever became of a rung above the one that it has won by.
  if (state.searchEnd?.winner === trial.trial && last !== undefined && last.status !== 'running') {
    return { kind: 'winner', glyph: glyphs.best, word: 'winner', tone: 'good' };
  }
  if (last === undefined) return { kind: 'waiting', glyph: glyphs.waiting, word: 'waiting', tone: 'muted' };
  switch (last.status) {
    case 'running':
      return { kind: 'running', glyph: glyphs.running, word: 'running', tone: 'running' };
    case 'failed': {
      const word = failureWord(last.reason);
      if (last.reason !== 'interrupted') return { kind: 'failed', glyph: glyphs.failed, word, tone: 'bad' };
      // Not its fault: it is done again where there is time for it.
      const kind = state.searchEnd === null ? 'waiting' : 'cut';
      return { kind, glyph: glyphs[kind], word, tone: 'muted' };
    }
    case 'finished': {
      const rungs = rungsOfBracket(state, trial.bracket).length;
      if (rungs > 0 && last.rung >= rungs - 1) {
        return { kind: 'done', glyph: glyphs.done, word: 'done', tone: 'good' };
      }
      const kind = afterRung(state, trial, last.rung, last.result.score);
      const tones = { scored: 'plain', promoted: 'good', cut: 'muted' } as const;
      return { kind, glyph: glyphs[kind], word: kind, tone: tones[kind] };
    }
    default:
      return unreachable(last);
  }
}

/** Top-1 of the highest rung that a trial has finished, in [0, 1]; null before the first. */
export function latestScore(trial: TrialState): number | null {
  const finished = trial.rungs.filter((record) => record.status === 'finished').at(-1);
  return finished === undefined || !Number.isFinite(finished.result.score) ? null : finished.result.score;
}

/** The search's winner once it is known, until then the best by rank; null before the first result, and where there was no search. */
export function bestTrial(state: StudyState): TrialState | null {
  const winner = state.searchEnd?.winner ?? null;
  if (winner === null) return rankTrials(state)[0]?.state ?? null;
  const found = state.trials.find(({ trial }) => trial === winner);
  return found !== undefined && latestScore(found) !== null ? found : null;
}

/** What `bestTrial` is called. The winner need not have the highest score: a faster one may learn more in the final training. */
export function bestWord({ searchEnd }: Pick<StudyState, 'searchEnd'>): 'best' | 'winner' {
  return (searchEnd?.winner ?? null) === null ? 'best' : 'winner';
}

/** `bestWord` before its score. */
export function bestTitle(state: Pick<StudyState, 'searchEnd'>): string {
  return bestWord(state) === 'winner' ? 'winner, top-1' : 'best top-1';
}

function isRunning(trial: TrialState): boolean {
  return trial.rungs.at(-1)?.status === 'running';
}

/** The order of the table: running first, then by top-1, then those without one; the older trial first among equals. */
export function orderedTrials(state: StudyState): TrialState[] {
  return [...state.trials].sort((a, b) => {
    if (isRunning(a) !== isRunning(b)) return isRunning(a) ? -1 : 1;
    const left = latestScore(a) ?? -1;
    const right = latestScore(b) ?? -1;
    return right - left || a.trial - b.trial;
  });
}

/** Wall-clock seconds that a trial has taken so far, its running rung included. */
export function trialSeconds(trial: TrialState, nowSeconds: number): number {
  return trial.rungs.reduce((sum, record) => {
    switch (record.status) {
      case 'running':
        return sum + Math.max(0, nowSeconds - record.startedAt);
      case 'failed':
        return sum + Math.max(0, record.failedAt - record.startedAt);
      case 'finished':
        return sum + record.result.wallSeconds;
      default:
        return unreachable(record);
    }
  }, 0);
}

/** A trial's place: bracket, rung from 1, number of rungs. */
export function placeOf(state: StudyState, trial: TrialState, unknown: string): string {
  const last = trial.rungs.at(-1);
  const rungs = rungsOfBracket(state, trial.bracket).length;
  return `b${trial.bracket} ${last === undefined ? unknown : last.rung + 1}/${rungs === 0 ? unknown : rungs}`;
}
