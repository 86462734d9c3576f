import { monotonicSeconds } from './monotonic.js';

export type StopSignal = 'SIGINT' | 'SIGTERM';

const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** A terminal sends its signals to every process that was started from it, and each passes them on: what comes so close together is one. */
const oneSignalSeconds = 0.5;

/**
 * Calls `listener` each time that somebody asks this process to stop, and keeps SIGHUP from ending it: a terminal that goes away is no reason to
 * lose a run.
 * @returns how to stop listening.
 */
export function onStopSignals(listener: (signal: StopSignal) => void, now = monotonicSeconds): () => void {
  let lastSeconds = Number.NEGATIVE_INFINITY;
  const hear = (signal: StopSignal) => {
    if (now() - lastSeconds <= oneSignalSeconds) return;
    lastSeconds = now();
    listener(signal);
  };
  const ignore = () => undefined;
  for (const signal of signals) process.on(signal, hear);
  process.on('SIGHUP', ignore);
  return () => {
    for (const signal of signals) process.off(signal, hear);
    process.off('SIGHUP', ignore);
  };
}
