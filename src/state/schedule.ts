import { unreachable } from '../errors.js';
import { type BracketState, isDone, openBracket, reduceBracket } from '../scheduler/jobs.js';
import type { BracketEvent } from '../scheduler/rungs.js';
import { isTriedAgain } from './attempts.js';
import type { StudyEvent } from './events.js';
import { lastPromotion } from './last-promotion.js';
import type { StudyState } from './types.js';

/**
 * The brackets that are not done after one more event, in the order of opening: what the schedulers know, kept as the journal grows.
 * @param before the state that the event follows.
 */
export function schedule({ schedule: brackets, plan, trials }: StudyState, event: StudyEvent): readonly BracketState[] {
  const inBracket = (trial: number, change: BracketEvent): readonly BracketState[] =>
    withBracket(brackets, trials[trial]?.bracket, change);
  switch (event.type) {
    case 'bracket-opened':
      return [
        ...brackets,
        openBracket(event.bracket, plan?.brackets[event.shape] ?? [], plan?.promotion ?? { rule: 'halving' }),
      ];
    case 'trial-created':
      return withBracket(brackets, event.bracket, { type: 'created', trial: event.trial, rung: event.rung ?? 0 });
    case 'rung-started':
      return inBracket(event.trial, { type: 'started', trial: event.trial, rung: event.rung });
    case 'rung-finished': {
      const { trial, rung, score, evaluatedImages: images } = event;
      const bracket = brackets.find((one) => one.bracket === trials[trial]?.bracket);
      const isLast = bracket?.rule === 'asha' && rung === bracket.plan.length - 2;
      const divisor = isLast ? { divisor: lastPromotion(trials, bracket).divisor } : {};
      return inBracket(trial, { type: 'finished', trial, rung, score, images, ...divisor });
    }
    case 'rung-failed': {
      const record = trials[event.trial]?.rungs.at(-1);
      if (record?.status !== 'running') return brackets;
      const again = isTriedAgain({ reason: event.reason, attempt: record.attempt, memoryShare: record.memoryShare });
      return inBracket(event.trial, { type: 'failed', trial: event.trial, rung: event.rung, isTriedAgain: again });
    }
    case 'study-interrupted':
    case 'study-resumed':
      return brackets.map((bracket) => reduceBracket(bracket, { type: 'interrupted' }));
    case 'study-created':
    case 'space-chosen':
    case 'engine-chosen':
    case 'data-fitted':
    case 'data-packed':
    case 'plan-made':
    case 'rung-progress':
    case 'rung-checkpoint':
    case 'prediction-started':
    case 'prediction-ended':
    case 'search-ended':
    case 'final-started':
    case 'final-progress':
    case 'final-checkpoint':
    case 'final-predicted':
    case 'final-finished':
    case 'final-failed':
    case 'submission-written':
    case 'gpu-memory':
    case 'told':
    case 'study-finished':
      return brackets;
    default:
      return unreachable(event);
  }
}

/** One that is done says nothing to anybody any more: a long search opens hundreds. */
function withBracket(
  brackets: readonly BracketState[],
  number: number | undefined,
  event: BracketEvent,
): readonly BracketState[] {
  const index = brackets.findIndex(({ bracket }) => bracket === number);
  const before = brackets[index];
  if (!before) return brackets;
  const after = reduceBracket(before, event);
  return isDone(after) ? brackets.toSpliced(index, 1) : brackets.with(index, after);
}
