// Trial processes as a study has them, one after the other.
import { join } from 'node:path';
import { endsAssignment } from '../../dist/executor/executor.js';
import { LocalExecutor } from '../../dist/executor/local.js';
import { plainSurroundings } from '../../dist/executor/surroundings.js';
import { startedAt, systemClock } from '../../dist/study/clock.js';
import { processEnvironment } from '../../dist/study/environment.js';
import { localMachine } from '../../dist/study/request.js';

const startLimitSeconds = 120;

/** Asks nothing of a process but to come up. */
const greeting = (threads) => ({
  type: 'probe',
  sentAtSeconds: 0,
  killAtSeconds: startLimitSeconds,
  threads,
  classes: 2,
  candidates: [],
  secondsEach: 1,
});

/**
 * Does something with one trial process.
 * @param options `folder` for its log; `threads` of its own and `cores` of all that run at the same time; `pins`: engine and precision, null for what
 *   the process finds.
 * @param use gets `{engine, precision, exclusive, now, run}`; `run(assignment)` resolves with the message that ends it.
 * @throws Error where the process cannot start, or an assignment ends without a result.
 */
export async function withTrialProcess({ folder, threads, cores, pins }, use) {
  const clock = systemClock(startedAt(Date.now() / 1000));
  const { command, env } = localMachine(process.env);
  let [facts, settle, leave] = [null, () => undefined, () => undefined];
  const gone = new Promise((resolve) => {
    leave = resolve;
  });
  const environment = processEnvironment({ base: env, threads, cores, pins, gpu: {} });
  const executor = new LocalExecutor({
    slots: 1,
    command,
    surroundings: { ...plainSurroundings(environment), ended: () => leave() },
    logs: join(folder, 'logs'),
    clock,
    startTimeoutSeconds: startLimitSeconds,
    listener: (event) => {
      if (event.type === 'ended')
        settle(Promise.reject(Object.assign(new Error(`${event.reason}: ${event.message}`), { reason: event.reason })));
      else if (event.message.type === 'hello') facts = event.message;
      else if (endsAssignment(event.message)) settle(event.message);
    },
  });
  const run = (assignment) =>
    new Promise((resolve) => {
      settle = resolve;
      executor.start(0, assignment);
    });
  try {
    await run(greeting(threads));
    const { engine, precision, exclusive } = facts;
    return await use({ engine, precision, exclusive, now: () => clock.nowSeconds(), run });
  } finally {
    await executor.close();
    // Until then nobody has counted its processor time.
    await gone;
  }
}
