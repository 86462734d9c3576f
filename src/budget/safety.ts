import { mean, sampleStandardDeviation } from 'simple-statistics';

/** One measurement may be off by half; each further one shrinks what is added for that. */
const doubt = 0.5;

/** Standard deviations to keep free beyond the mean: about one in forty takes longer. */
const deviations = 2;

/**
 * Seconds to keep free for something that has been measured: generous after one measurement, close to their mean once many agree. What is added is
 * half the mean divided by the measurements, and twice the deviation that the coming ones are expected to have from that mean.
 * @param samples measured seconds of one time each, >= 0.
 * @param times how often it is still to be done; what differs from time to time evens out.
 * @param guess seconds for one time where nothing has been measured.
 */
export function secondsToKeep(samples: readonly number[], times: number, guess: number): number {
  const count = samples.length;
  if (count === 0 || times <= 0) return Math.max(0, times) * guess;
  const spread = count > 1 ? sampleStandardDeviation([...samples]) : 0;
  const typical = mean([...samples]);
  return times * (typical * (1 + doubt / count) + deviations * spread * Math.sqrt(1 / count + 1 / times));
}
