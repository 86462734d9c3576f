import { type Clock, type Executor, type ExecutorEvent, endsAssignment } from '../executor/executor.js';
import { defaultStartTimeoutSeconds } from '../executor/local.js';
import type { Configuration } from '../space/types.js';
import type { ProbeAssignment, TrialMessage } from '../trial/protocol.js';
import { releaseTimeoutSeconds } from './gpu-guard.js';

type MessageOf<T extends TrialMessage['type']> = Extract<TrialMessage, { type: T }>;

/** What a trial process says about the engine that it found, and how fast it trains some configurations. */
export interface ProbeReport {
  readonly hello: MessageOf<'hello'>;
  /** One for each candidate. */
  readonly rates: MessageOf<'probe-result'>['rates'];
}

/**
 * Starts the trial process of slot 0 and asks it for its engine, and for the throughput of some configurations.
 * @param listen subscribes to the executor's events until the returned function is called.
 * @throws Error when the process fails: without an engine there is no study; the signal's reason when it is aborted, while the probe may go on.
 */
export function probeEngine(
  executor: Executor,
  clock: Clock,
  listen: (listener: (event: ExecutorEvent) => void) => () => void,
  request: {
    readonly threads: number;
    readonly classes: number;
    readonly candidates: readonly Configuration[];
    readonly secondsEach: number;
    /** As in the assignment. */
    readonly slowestOfUse?: number;
    /** What the executor gives a new process to say hello; default as there. */
    readonly startTimeoutSeconds?: number;
    readonly signal?: AbortSignal;
  },
): Promise<ProbeReport> {
  const { threads, classes, candidates, secondsEach, slowestOfUse, signal } = request;
  const { startTimeoutSeconds = defaultStartTimeoutSeconds } = request;
  const now = clock.nowSeconds();
  const assignment: ProbeAssignment = {
    type: 'probe',
    sentAtSeconds: now,
    // Before its start a process may wait for the GPU memory of another; building a network and the first step come on top of the measuring.
    killAtSeconds: now + releaseTimeoutSeconds + startTimeoutSeconds + candidates.length * (secondsEach * 2 + 10),
    threads,
    classes,
    candidates: [...candidates],
    secondsEach,
    ...(slowestOfUse === undefined ? {} : { slowestOfUse }),
  };
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let hello: MessageOf<'hello'> | null = null;
    const abort = () => {
      unlisten();
      reject(signal?.reason);
    };
    const stopListening = listen((event) => {
      if (event.type === 'ended') {
        unlisten();
        const log = event.log ? `; its log: ${event.log}` : '';
        reject(new Error(`engine probe: the trial process failed (${event.reason}): ${event.message}${log}`));
        return;
      }
      if (event.message.type === 'hello') hello = event.message;
      if (!endsAssignment(event.message)) return;
      unlisten();
      if (event.message.type === 'probe-result' && hello) resolve({ hello, rates: event.message.rates });
      else reject(new Error(`engine probe: expected a hello and a result, got ${event.message.type}`));
    });
    const unlisten = () => {
      stopListening();
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort);
    executor.start(0, assignment);
  });
}
