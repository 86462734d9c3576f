import type { Clock, Executor, ExecutorEvent } from '../executor/executor.js';
import type { EventOf } from '../state/types.js';
import { askAgain, lessAmbitious, startTimeoutSeconds } from './ask-again.js';
import type { StudyLog } from './log.js';
import { type ProbeReport, probeEngine } from './probe.js';
import { slotsOf } from './slots.js';

/** Part of the budget that probing the candidates of the `auto` space may take. */
const probeShare = 0.03;

/** What looking for an engine takes. */
export interface EngineSearch {
  readonly log: StudyLog;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly listen: (listener: (event: ExecutorEvent) => void) => () => void;
  readonly threads: number;
  /** Whether the user has named the engine. */
  readonly named: boolean;
  /** Keeps later trial processes from trying these engines. */
  readonly leaveOut: (engines: readonly string[]) => void;
  readonly signal: AbortSignal;
}

/** Looks for an engine, measures candidates on it, and journals one that the study has not used so far. */
export async function findEngine(
  { log, clock, executor, listen, threads, named, leaveOut, signal }: EngineSearch,
  request: Pick<Parameters<typeof probeEngine>[3], 'threads' | 'classes' | 'candidates' | 'slowestOfUse'>,
): Promise<ProbeReport> {
  const { budgetSeconds = 0 } = log.state.created ?? {};
  const ask = () =>
    probeEngine(executor, clock, listen, {
      ...request,
      startTimeoutSeconds: startTimeoutSeconds(budgetSeconds),
      secondsEach: Math.min(10, (probeShare * budgetSeconds) / Math.max(1, request.candidates.length)),
      signal,
    });
  const tell = (message: string) => {
    signal.throwIfAborted();
    log.record({ type: 'told', at: clock.nowSeconds(), message });
  };
  const probe = await askAgain(ask, named ? [[]] : lessAmbitious, leaveOut, tell);
  const { engine, precision } = probe.hello;
  const before = log.state.engine;
  // A resumed study may find another engine, or another number of cores.
  if (before?.engine !== engine || before.precision !== precision || before.threads !== threads) {
    log.record(engineChosen(probe.hello, threads, clock.nowSeconds()));
  }
  return probe;
}

/** The journal's line about an engine that a process has found. */
export function engineChosen(hello: ProbeReport['hello'], threads: number, at: number): EventOf<'engine-chosen'> {
  const { engine, description, precision, exclusive, unavailable, precisions } = hello;
  const facts = { engine, description, precision, exclusive, unavailable, precisions };
  return { type: 'engine-chosen', at, ...facts, slots: slotsOf({ exclusive }, threads), threads };
}
