import { join } from 'node:path';
import { exitCode, messageOf } from '../errors.js';
import type { Clock } from '../executor/executor.js';
import type { StudyState } from '../state/types.js';
import { decideSubmission } from './decide-submission.js';
import { endingOf } from './ending.js';
import type { StudyLog } from './log.js';
import { placeFrom } from './place.js';

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
  const ending = endingOf(log.state).exitCode;
  // A search that was cut off has not done all it was to do.
  const isCutOff = log.state.created?.mode === 'search' && ending === exitCode.done;
  const code = isCutOff ? exitCode.fallback : ending;
  log.record({ type: 'study-finished', at: clock.nowSeconds(), exitCode: code, reason });
  return log.state;
}
