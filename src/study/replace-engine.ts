import { messageOf } from '../errors.js';
import { askAgain, lessAmbitious, startTimeoutSeconds } from './ask-again.js';
import { type EngineSearch, engineChosen } from './find-engine.js';
import { probeEngine } from './probe.js';

type Search = Omit<EngineSearch, 'named'>;

/**
 * Looks for an engine in the middle of a study, without the one in use, and journals what it has found. Where there is no other, the one in use
 * stays, and is journalled anew: it is not doubted again before it has failed as often again.
 * @throws the signal's reason when it is aborted.
 */
export async function replaceEngine({
  log,
  clock,
  executor,
  listen,
  threads,
  leaveOut,
  signal,
}: Search): Promise<void> {
  const { engine: before, created } = log.state;
  if (!before || !created) throw new Error('study: expected a created study with an engine');
  const tell = (message: string) => {
    signal.throwIfAborted();
    log.record({ type: 'told', at: clock.nowSeconds(), message });
  };
  const without = (engines: readonly string[]) => leaveOut([...new Set([before.engine, ...engines])]);
  tell(`${before.engine} has failed again and again: another engine is looked for`);
  without([]);
  const timeout = startTimeoutSeconds(created.budgetSeconds);
  const request = { threads: 1, classes: 2, candidates: [], secondsEach: 1, startTimeoutSeconds: timeout, signal };
  try {
    const { hello } = await askAgain(() => probeEngine(executor, clock, listen, request), lessAmbitious, without, tell);
    signal.throwIfAborted();
    log.record(engineChosen(hello, threads, clock.nowSeconds()));
  } catch (error) {
    signal.throwIfAborted();
    tell(`there is no other engine: ${messageOf(error)}; the study goes on with ${before.engine}`);
    leaveOut([]);
    log.record({ ...before, at: clock.nowSeconds() });
  }
}
