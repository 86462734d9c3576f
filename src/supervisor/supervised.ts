import { InputError } from '../errors.js';
import { monotonicSeconds } from '../monotonic.js';
import type { StudyEvent } from '../state/events.js';
import { type StudyStart, startedAt } from '../study/clock.js';
import { startWatchdog } from '../watchdog.js';
import { type StudyReport, supervisedVariable, supervision } from './reports.js';

/** Past its deadline a study process that still runs ends itself: its supervisor had so many seconds to do it. */
const deadlineGraceSeconds = 0.4;

/** Between two signs of life. */
const aliveSeconds = 1;

/** What a process that runs a study knows of how it was started. */
export interface SupervisedProcess {
  /** When the user's command was started. */
  readonly start: StudyStart;
  report(report: StudyReport): void;
  /** No deadline is passed by more than a moment, even when the main thread never comes back. */
  keepDeadline(secondsLeft: number): void;
}

/**
 * Takes up the supervision that this process was started under: from now on it ends when its supervisor is gone. The environment variable that
 * says so is taken away, so that no child takes it for its own.
 * @throws InputError when that variable is not what a supervisor writes.
 */
export function supervisedProcess(env: NodeJS.ProcessEnv): SupervisedProcess {
  const text = env[supervisedVariable];
  delete env[supervisedVariable];
  if (text === undefined) {
    const watchdog = startWatchdog(null);
    return {
      // The start of this process, not the moment at which its modules are loaded.
      start: startedAt(performance.timeOrigin / 1000),
      report: () => undefined,
      keepDeadline: (secondsLeft) => watchdog.endAt(monotonicSeconds() + secondsLeft + deadlineGraceSeconds),
    };
  }
  const { supervisor, ...start } = parse(text);
  const watchdog = startWatchdog(supervisor);
  // A supervisor that is gone takes this process with it: there is nobody to tell.
  const report = (one: StudyReport) => process.send?.(one, undefined, undefined, () => undefined);
  setInterval(() => report({ type: 'alive' }), 1000 * aliveSeconds).unref();
  return {
    start,
    report,
    keepDeadline: (secondsLeft) => watchdog.endAt(monotonicSeconds() + secondsLeft + deadlineGraceSeconds),
  };
}

function parse(text: string) {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below, like everything else that no supervisor writes.
  }
  const parsed = supervision.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError(supervisedVariable, 'what a supervisor writes', text, 'leaving it unset');
}

/** What a supervisor is told of an event; null for most. */
export function reportOf(event: StudyEvent): StudyReport | null {
  switch (event.type) {
    case 'rung-started':
    case 'final-started':
    case 'prediction-started':
      return { type: 'working' };
    case 'data-packed':
    case 'rung-finished':
    case 'rung-checkpoint':
    case 'final-checkpoint':
    case 'final-predicted':
    case 'final-finished':
      return { type: 'progress' };
    case 'study-finished':
      return { type: 'finished', exitCode: event.exitCode };
    default:
      return null;
  }
}
