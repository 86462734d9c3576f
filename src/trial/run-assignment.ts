import { unreachable } from '../errors.js';
import type { Outcome, TrialContext } from './context.js';
import { runFinal } from './final.js';
import { runPredict } from './predict.js';
import { runProbe } from './probe.js';
import type { Assignment } from './protocol.js';
import { runRung } from './rung.js';

/** Carries out one assignment of any kind. */
export function runAssignment(assignment: Assignment, context: TrialContext): Promise<Outcome> {
  switch (assignment.type) {
    case 'rung':
      return runRung(assignment, context);
    case 'final':
      return runFinal(assignment, context);
    case 'predict':
      return runPredict(assignment, context);
    case 'probe':
      return runProbe(assignment, context);
    default:
      return unreachable(assignment);
  }
}
