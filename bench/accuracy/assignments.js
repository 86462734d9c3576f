// What a study would tell a trial process, for a training that no study has chosen.
import { searchSpaceFromPlain } from '../../dist/space/plain.js';
import { emptyState, fold } from '../../dist/state/fold.js';
import { assignmentOf, resolutionOf } from '../../dist/study/assignment.js';

/** After its end an assignment is killed only so much later: lateness is measured, not cut off. */
const graceSeconds = 60;

/** The state of a study that was given one configuration, as far as assignments are made of it. */
function stateOf({ configuration }, { pack, threads, slots }, { seconds, seed }) {
  const at = 0;
  return [
    { type: 'study-created', at, mode: 'final', seed, budgetSeconds: seconds, submissionPath: '/submission.csv' },
    { type: 'engine-chosen', at, threads: threads * slots, slots },
    { type: 'data-packed', at, ...pack },
    { type: 'trial-created', at, trial: 0, bracket: 0, configuration, origin: 'given' },
    { type: 'search-ended', at, reason: 'the configuration was given', winner: 0 },
  ].reduce(fold, emptyState);
}

function assignmentFor(action, training, where, terms, now) {
  const state = stateOf(training, where, terms);
  const space = searchSpaceFromPlain(training.plain);
  return assignmentOf({ trial: 0, slot: 0, attempt: 1, memoryShare: 1, ...action }, state, space, where.folder, now);
}

/**
 * The final training of a configuration, so many seconds from now on.
 * @param where `pack`, a `folder` of its own, `threads`.
 * @param terms `seconds` and `seed`.
 */
export function finalAssignment(training, where, terms, now) {
  const endsAt = now + terms.seconds;
  const action = { type: 'start-final', learningRateFactor: 1, endsAt, killAt: endsAt + graceSeconds };
  const resolution = resolutionOf(training.configuration);
  return assignmentFor({ ...action, resolution }, training, { ...where, slots: 1 }, terms, now);
}

/** The lowest rung of a ladder of two: so many seconds of training steps, on what the space's `fidelity` says. */
export function rungAssignment(training, where, terms, now) {
  const { seconds } = terms;
  const killAt = now + 10 * seconds + graceSeconds;
  const action = { type: 'start-rung', rung: 0, from: 0, resource: seconds, killAt, depth: 2, level: 0 };
  return assignmentFor(action, training, where, terms, now);
}
