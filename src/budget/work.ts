import type { EventOf } from '../state/types.js';

/**
 * What a slot of the search or the final run spends its time on. `lost`: what attempts without a result have done since they saved last;
 * `predict`: early predictions.
 */
export const workParts = ['start', 'data', 'step', 'evaluate', 'checkpoint', 'predict', 'lost', 'idle'] as const;
export type WorkPart = (typeof workParts)[number];
export type WorkSeconds = Readonly<Record<WorkPart, number>>;

/** Work whose time is booked when it ends: only then is it known what it was spent on. */
export interface OpenWork {
  readonly kind: 'rung' | 'prediction' | 'final';
  readonly trial: number;
  readonly slot: number;
  /** Seconds since the study's start. */
  readonly since: number;
  /** When it first told of its training; null before. */
  readonly trainsSince: number | null;
  /** What it had done by then is saved; null before the first checkpoint. */
  readonly savedAt: number | null;
  /** Whether something has come of it already, so that its time is not lost whatever becomes of it. */
  readonly isOfUse: boolean;
}

/** Named parts of a work's time, as its process has measured them. */
export type MeasuredParts = readonly (readonly [part: WorkPart | 'inference', seconds: number])[];

/** What became of a work: its process's own account, an early prediction, or no result. */
export type Spent = MeasuredParts | 'predict' | 'lost';

type Cost = Pick<EventOf<'rung-finished'>, 'trainSeconds' | 'dataSeconds' | 'evaluateSeconds' | 'checkpointSeconds'>;

/** The parts that a result names. */
export function costParts({ trainSeconds, dataSeconds, evaluateSeconds, checkpointSeconds }: Cost): MeasuredParts {
  const data = Math.min(dataSeconds, trainSeconds);
  return [
    ['data', data],
    ['step', trainSeconds - data],
    ['evaluate', evaluateSeconds],
    ['checkpoint', checkpointSeconds],
  ];
}

/**
 * What the time of a work that has ended was spent on. What its process has not named is its start: the process, the data, the network.
 * @param at its end, in seconds since the study's start.
 */
export function partsOf(work: OpenWork, spent: Spent, at: number): MeasuredParts {
  if (spent === 'lost') return partsWithoutResult(work, at);
  return spent === 'predict' ? [['predict', at - work.since]] : divide(at - work.since, spent);
}

/**
 * A work that ends without a result names no parts of its time. Lost is what it has done since it saved last, all of it where it never did; of the
 * time before, most was training from the first word of that on.
 */
function partsWithoutResult({ since, trainsSince, savedAt, isOfUse }: OpenWork, at: number): MeasuredParts {
  const keptUntil = isOfUse ? at : Math.min(at, savedAt ?? since);
  const start = Math.max(0, Math.min(keptUntil, trainsSince ?? since) - since);
  return [
    ['start', start],
    ['step', keptUntil - since - start],
    ['lost', at - keptUntil],
  ];
}

/** Parts that another clock has measured never exceed the whole: they are scaled down where they would. */
function divide(seconds: number, parts: MeasuredParts): MeasuredParts {
  const sum = parts.reduce((total, [, part]) => total + part, 0);
  const scale = sum > seconds ? seconds / sum : 1;
  return [...parts.map(([name, part]) => [name, part * scale] as const), ['start', Math.max(0, seconds - sum)]];
}
