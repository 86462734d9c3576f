import { Chance } from '../chance.js';

/** What a whole run may have to bear from its start to its end. */
export const conditions = [
  'none',
  'none',
  'clock jump',
  'slow disk',
  'small disk',
  'closed stdout',
  'lost terminal',
  'divergence',
];

/** What may happen to it on the way, each as often as it stands here. */
const injections = [
  'kill -9 study',
  'kill -9 study',
  'kill -9 study',
  'kill -9 trial',
  'kill -9 trial',
  'kill -9 trial',
  'kill -9 everything',
  'kill -9 top',
  'kill -9 top',
  'kill -9 top, torn journal',
  'kill -9 top, damaged checkpoint',
  'kill -9 top, damaged pack',
  'SIGTERM top',
  'SIGTERM study',
  'SIGHUP top',
  'stop trial for a while',
  'stop trial for good',
  'stop study for a while',
];

const shortestSeconds = 30;

/** What is done to one run, and when: a function of the seed alone. When is a part of the budget, or how many lines the journal has. */
export function plotOf(seed, run, seconds) {
  const chance = new Chance(`${seed}:process:${run}`);
  const budgetSeconds = chance.integer(Math.max(shortestSeconds, seconds), 3 * seconds);
  const condition = conditions[run % conditions.length];
  const count = chance.integer(Math.ceil(budgetSeconds / 6), Math.ceil(budgetSeconds / 3));
  return {
    run,
    chance,
    budgetSeconds,
    condition,
    seed: chance.integer(0, 1e6),
    jumpSeconds: chance.pick([-1, 1]) * chance.logBetween(60, 1e5),
    events: Array.from({ length: count }, () => ({
      what: chance.pick(injections),
      share: chance.between(0.03, 1),
      // Right after a line of the journal, half of the time: where a process is busy with acting on it.
      line: chance.happens(0.5) ? chance.integer(1, 80) : null,
    })).toSorted((a, b) => a.share - b.share),
  };
}
