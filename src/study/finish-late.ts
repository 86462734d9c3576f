import { join } from 'node:path';
import { exitCode, messageOf } from '../errors.js';
import type { Clock } from '../executor/executor.js';
import { rankTrials } from '../state/ranking.js';
import type { StudyState } from '../state/types.js';
import { decideSubmission } from './decide-submission.js';
import type { StudyLog } from './log.js';
import { isMisplaced, placeFrom } from './place.js';

/** Ends a study that has no time left to train: the best that stands is put in place, and that is its result. */
export function finishLate(
  { directory, log, clock }: { readonly directory: string; readonly log: StudyLog; readonly clock: Clock },
  reason: string,
): StudyState {
  const ready = decideSubmission(log.state);
  if (ready?.type === 'place-submission') {
    const { source, trial, rung, predictions } = ready;
    try {
      const { rows, path, problem } = placeFrom({ directory, state: log.state }, join(directory, predictions));
      log.record({ type: 'submission-written', at: clock.nowSeconds(), source, trial, rung, rows, path });
      if (problem !== null) log.record({ type: 'told', at: clock.nowSeconds(), message: problem });
    } catch (error) {
      // The submission before it stands, which is what a fallback is.
      log.record({ type: 'told', at: clock.nowSeconds(), message: messageOf(error) });
    }
  }
  const { submission, created, final, data } = log.state;
  const hasTrial = rankTrials(log.state).length > 0;
  const hasResult = created?.mode === 'search' ? hasTrial : submission !== null || hasTrial;
  const wantsSubmission = created?.submissionPath != null && data?.test !== 0;
  const isFinal = wantsSubmission
    ? submission?.source === 'final' && !isMisplaced(log.state)
    : final.status === 'finished';
  const code = isFinal ? exitCode.done : hasResult ? exitCode.fallback : exitCode.failed;
  log.record({ type: 'study-finished', at: clock.nowSeconds(), exitCode: code, reason });
  return log.state;
}
