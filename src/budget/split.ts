import { normalDistribution } from '../space/normal.js';
import type { Learning } from './learning.js';

/** What is known when search and final training are weighed against each other. Times in seconds since the study's start. */
export interface SplitInput {
  readonly learning: Learning;
  readonly now: number;
  /** As if it had gone on without a break. */
  readonly searchBeganAt: number;
  /** Until when the final training may go on. */
  readonly endsAt: number;
  /** Trials with a result. */
  readonly trials: number;
  /** The latest beginning of a final training that is still as long as one can usefully be; null where longer is always better. */
  readonly wholeUntil: number | null;
  /** What a final training that begins then makes of the incumbent, on the scale of `worth`. */
  readonly finalWorth: (beginsAt: number) => number;
}

/** What a stretch of search and the same seconds of final training are expected to bring, on the scale of `worth`. */
export interface Stakes {
  readonly search: number;
  readonly final: number;
}

/** Points in time that are looked at, twice: between now and the end, then around the best of them. */
const points = 24;

/**
 * When the final training should begin, as things stand: when what the search is expected to bring by then, less what the final training loses, is
 * most. As many trials a second as so far are expected, and their first rungs to be as those so far (normal, above their middle).
 */
export function finalShouldBegin(input: SplitInput): number {
  const { now, endsAt, wholeUntil } = input;
  const between = (from: number, to: number) =>
    Array.from({ length: points }, (_, index) => from + ((to - from) * index) / points);
  const step = (endsAt - now) / points;
  const whole = wholeUntil !== null && wholeUntil > now && wholeUntil < endsAt ? [wholeUntil] : [];
  const coarse = best([...between(now, endsAt), ...whole, endsAt], input);
  return best([...between(Math.max(now, coarse - step), Math.min(endsAt, coarse + step)), coarse], input);
}

function best(times: readonly number[], input: SplitInput): number {
  let [chosen, most] = [input.now, Number.NEGATIVE_INFINITY];
  for (const at of times) {
    const { search, final } = stakes(input, at);
    // Where nothing is lost by it the search goes on, however little it promises.
    if (search - final < most) continue;
    most = search - final;
    chosen = at;
  }
  return chosen;
}

/** What searching until `at` is expected to bring, and what the final training loses by that. */
export function stakes({ learning, now, searchBeganAt, trials, finalWorth }: SplitInput, at: number): Stakes {
  const further = (trials * (at - now)) / Math.max(now - searchBeganAt, Number.MIN_VALUE);
  return {
    search: learning.spread * expectedExcess(learning.lead, further),
    final: finalWorth(now) - finalWorth(at),
  };
}

/** Deviations, from −4 to 6, at which the normal distribution is tabled, and the step between them. */
const tabled = { from: -4, to: 6, step: 0.1 } as const;
const logProbabilities = Array.from({ length: Math.round((tabled.to - tabled.from) / tabled.step) }, (_, index) =>
  Math.log(normalDistribution(tabled.from + (index + 0.5) * tabled.step)),
);

/** By how much the best of so many standard normal draws, not necessarily a whole number, is expected to exceed `lead`: 0 where it does not. */
export function expectedExcess(lead: number, draws: number): number {
  const first = Math.max(0, Math.round((lead - tabled.from) / tabled.step));
  let sum = 0;
  for (const probability of logProbabilities.slice(first)) sum += 1 - Math.exp(draws * probability);
  return tabled.step * sum;
}
