import { unreachable } from '../errors.js';
import type { StudyEvent } from '../state/events.js';
import { costParts, type MeasuredParts, type OpenWork, partsOf, type Spent, type WorkSeconds } from './work.js';

/** What a study does as a whole; each instant belongs to one of these. */
type Activity = 'preparation' | 'search' | 'decide' | 'final' | 'write' | 'down' | 'over';

/**
 * Where a study's time went: every second since its start stands in one account. Seconds of the wall clock throughout; what happened in parallel
 * slots is divided by their number.
 */
export interface Ledger {
  /** How far time is booked, seconds since the study's start. */
  readonly at: number;
  /** Null before the study was created. */
  readonly budgetSeconds: number | null;
  readonly activity: Activity;
  /** How long the search has been under way, whatever slots did meanwhile. */
  readonly searched: number;
  readonly searchEnded: boolean;
  /** Trials that may run at a time. */
  readonly slots: number;
  readonly open: readonly OpenWork[];
  /** Starting, looking for an engine, planning; again after each resumption. */
  readonly preparation: number;
  readonly pack: number;
  readonly search: WorkSeconds;
  /** Each slot's own seconds in the search, not divided. */
  readonly searchBySlot: readonly WorkSeconds[];
  /** Between search and final run. */
  readonly decide: number;
  readonly final: WorkSeconds;
  /** Of the final run: predictions of the test images, and measuring how long these take. */
  readonly inference: number;
  /** From the end of the final run to that of the study. */
  readonly write: number;
  /** The study did not run, though its clock did. */
  readonly down: number;
}

const nothing: WorkSeconds = {
  start: 0,
  data: 0,
  step: 0,
  evaluate: 0,
  checkpoint: 0,
  predict: 0,
  lost: 0,
  idle: 0,
};

/** The ledger before anything has happened. */
export const emptyLedger: Ledger = {
  at: 0,
  budgetSeconds: null,
  activity: 'preparation',
  searched: 0,
  searchEnded: false,
  slots: 1,
  open: [],
  preparation: 0,
  pack: 0,
  search: nothing,
  searchBySlot: [],
  decide: 0,
  final: nothing,
  inference: 0,
  write: 0,
  down: 0,
};

/** How long the search has been under way by now: without the time that the study was down, or prepared itself to go on. */
export function searchedSeconds({ activity, searched, at }: Ledger, now: number): number {
  return activity === 'search' ? searched + Math.max(0, now - at) : searched;
}

/** The ledger after one more event: the time up to it is booked on whatever the study did meanwhile. Pure. */
export function book(ledger: Ledger, event: StudyEvent): Ledger {
  // A study that was killed has written nothing: what ran then is lost, and the time since its last event it was down.
  const before = event.type === 'study-resumed' ? { ...abandon(ledger), activity: 'down' as const } : ledger;
  return turn(pass(before, event.at), event);
}

/** Books the time from the last event until `at`; time never runs backwards. */
function pass(ledger: Ledger, at: number): Ledger {
  const seconds = Math.max(0, at - ledger.at);
  if (seconds === 0) return ledger;
  const next = { ...ledger, at };
  const { activity } = ledger;
  switch (activity) {
    case 'preparation':
    case 'decide':
    case 'write':
    case 'down':
      return { ...next, [activity]: ledger[activity] + seconds };
    case 'over':
      return { ...next, write: ledger.write + seconds };
    case 'search': {
      const busy = new Set(ledger.open.map(({ slot }) => slot));
      const free = Array.from({ length: ledger.slots }, (_, slot) => slot).filter((slot) => !busy.has(slot));
      const searching = { ...next, searched: ledger.searched + seconds };
      return free.reduce((booked, slot) => bookSlot(booked, slot, [['idle', seconds]]), searching);
    }
    case 'final':
      return ledger.open.length > 0 ? next : { ...next, final: add(ledger.final, [['idle', seconds]], 1) };
    default:
      return unreachable(activity);
  }
}

/** What an event changes about who owns the time from now on. */
function turn(ledger: Ledger, event: StudyEvent): Ledger {
  switch (event.type) {
    case 'study-created':
      return { ...ledger, budgetSeconds: event.budgetSeconds };
    case 'engine-chosen':
      return { ...ledger, slots: event.slots };
    case 'data-packed': {
      const seconds = Math.min(event.seconds, ledger.preparation);
      return { ...ledger, preparation: ledger.preparation - seconds, pack: ledger.pack + seconds };
    }
    case 'plan-made':
      return { ...ledger, activity: ledger.searchEnded ? 'decide' : 'search' };
    case 'rung-progress':
      return trains(ledger, event, 'rung', event.trial);
    case 'rung-checkpoint':
      return change(ledger, 'rung', event.trial, () => ({ savedAt: event.at }));
    case 'rung-started':
      return begin(ledger, 'search', 'rung', event);
    case 'rung-finished':
      return end(ledger, 'rung', event.trial, costParts(event));
    case 'rung-failed':
      return end(ledger, 'rung', event.trial, 'lost');
    case 'prediction-started':
      // After the search one stands in for the final run, whatever it predicts with.
      return ledger.searchEnded ? begin(ledger, 'final', 'final', event) : begin(ledger, 'search', 'prediction', event);
    case 'prediction-ended':
      if (ledger.searchEnded) {
        return end(ledger, 'final', event.trial, event.failed === null ? [['inference', event.wallSeconds]] : 'lost');
      }
      return end(ledger, 'prediction', event.trial, event.failed === null ? 'predict' : 'lost');
    case 'search-ended': {
      const activity = ledger.activity === 'search' ? 'decide' : ledger.activity;
      return { ...abandon(ledger), searchEnded: true, activity };
    }
    case 'final-started':
      return begin(ledger, 'final', 'final', event);
    case 'final-progress':
      return trains(ledger, event, 'final', null);
    case 'final-checkpoint':
      return change(ledger, 'final', null, () => ({ savedAt: event.images > 0 ? event.at : null }));
    case 'final-predicted':
      return change(ledger, 'final', null, () => ({ isOfUse: event.path !== null }));
    case 'final-finished': {
      const work = ledger.open.find(({ kind }) => kind === 'final');
      const parts = [...costParts(event), ['inference', event.inferenceSeconds] as const];
      return { ...end(ledger, 'final', work?.trial ?? 0, parts), activity: 'write' };
    }
    case 'final-failed': {
      const work = ledger.open.find(({ kind }) => kind === 'final');
      return end(ledger, 'final', work?.trial ?? 0, 'lost');
    }
    case 'study-interrupted':
      return { ...abandon(ledger), activity: 'down' };
    case 'study-resumed':
      return { ...ledger, activity: 'preparation' };
    case 'study-finished':
      return { ...abandon(ledger), activity: 'over' };
    case 'space-chosen':
    case 'data-fitted':
    case 'bracket-opened':
    case 'trial-created':
    case 'submission-written':
    case 'gpu-memory':
    case 'told':
      return ledger;
    default:
      return unreachable(event);
  }
}

function begin(
  ledger: Ledger,
  activity: 'search' | 'final',
  kind: OpenWork['kind'],
  { trial, slot }: { readonly trial: number; readonly slot: number },
): Ledger {
  const ready = activity === ledger.activity ? ledger : abandon(ledger);
  const work: OpenWork = { kind, trial, slot, since: ledger.at, trainsSince: null, savedAt: null, isOfUse: false };
  return { ...ready, activity, open: [...ready.open, work] };
}

/**
 * What has become known of a work.
 * @param trial null for the final run, whose events do not name it.
 */
function change(
  ledger: Ledger,
  kind: 'rung' | 'final',
  trial: number | null,
  known: (work: OpenWork) => Partial<OpenWork>,
): Ledger {
  const isMeant = (work: OpenWork) => work.kind === kind && (trial === null || work.trial === trial);
  return { ...ledger, open: ledger.open.map((work) => (isMeant(work) ? { ...work, ...known(work) } : work)) };
}

/** A word of a training; only the first one tells something new. */
function trains(ledger: Ledger, { at }: StudyEvent, kind: 'rung' | 'final', trial: number | null): Ledger {
  return change(ledger, kind, trial, ({ trainsSince }) => ({ trainsSince: trainsSince ?? at }));
}

/** Books the time of a work that has ended. */
function end(ledger: Ledger, kind: OpenWork['kind'], trial: number, spent: Spent): Ledger {
  const work = ledger.open.find((open) => open.kind === kind && open.trial === trial);
  if (work === undefined) return ledger;
  const parts = partsOf(work, spent, ledger.at);
  const closed = { ...ledger, open: ledger.open.filter((open) => open !== work) };
  return kind === 'final' ? bookFinal(closed, parts) : bookSlot(closed, work.slot, parts);
}

/** Whatever is under way has no result to come. */
function abandon(ledger: Ledger): Ledger {
  return ledger.open.reduce((rest, { kind, trial }) => end(rest, kind, trial, 'lost'), ledger);
}

function bookSlot(ledger: Ledger, slot: number, parts: MeasuredParts): Ledger {
  const bySlot = Array.from({ length: Math.max(ledger.slots, ledger.searchBySlot.length) }, (_, index) => {
    const before = ledger.searchBySlot[index] ?? nothing;
    return index === slot ? add(before, parts, 1) : before;
  });
  return { ...ledger, search: add(ledger.search, parts, 1 / ledger.slots), searchBySlot: bySlot };
}

function bookFinal(ledger: Ledger, parts: MeasuredParts): Ledger {
  const inference = parts.reduce((sum, [part, seconds]) => (part === 'inference' ? sum + seconds : sum), 0);
  return { ...ledger, final: add(ledger.final, parts, 1), inference: ledger.inference + inference };
}

function add(before: WorkSeconds, parts: MeasuredParts, factor: number): WorkSeconds {
  const after = { ...before };
  for (const [part, seconds] of parts) if (part !== 'inference') after[part] += factor * seconds;
  return after;
}
