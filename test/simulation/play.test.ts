import { describe, expect, it } from 'vitest';
import { accuracyAfter, type Curve, secondsUntil } from '../../src/simulation/curve.js';
import { type PlayOptions, playStudy } from '../../src/simulation/play.js';
import { scoreTrace } from '../../src/simulation/score-trace.js';
import { type SimulationSettings, spaceOf } from '../../src/simulation/simulate.js';
import type { Configuration } from '../../src/space/types.js';
import { benchmark, formula, settings } from './example.js';

const [task] = benchmark.tasks;
if (!task) throw new Error('expected a task');
const curveOf = (configuration: Configuration): Curve => formula.curve(task, configuration);
const { maxEpoch } = benchmark;

const play = (budgetSeconds: number, changes: Partial<SimulationSettings & PlayOptions> = {}) => {
  const all = { ...settings, ...changes };
  const options = { curveOf, maxEpoch, accuracyScale: 100, budgetSeconds, mode: all.mode, seed: 1, ...changes };
  return playStudy({ space: spaceOf(benchmark, all), ...options });
};
/** What the steps of a study cost together, epoch by epoch. */
const cost = ({ steps, configurations }: Awaited<ReturnType<typeof play>>, continuation: string) => {
  const reached = new Map<number, number>();
  return steps.reduce((sum, { trial, to }) => {
    const curve = curveOf(configurations[trial] ?? {});
    const from = continuation === 'resume' ? (reached.get(trial) ?? 0) : 0;
    reached.set(trial, to);
    return sum + secondsUntil(curve, to) - secondsUntil(curve, from);
  }, 0);
};

describe('a study in virtual time', () => {
  it.each(['resume', 'scratch'] as const)('pays for its rungs what their curves say: %s', async (continuation) => {
    const played = await play(200, { continuation, share: 0.5 });
    expect(played.steps.length).toBeGreaterThan(10);
    expect(cost(played, continuation)).toBeCloseTo(played.searchSeconds, 6);
    expect(played.searchSeconds).toBeLessThanOrEqual(0.53 * 200);
  });

  it.each(['resume', 'scratch'] as const)('has search and final training share one budget: %s', async (how) => {
    for (const budgetSeconds of [40, 60, 100, 300]) {
      const { searchSeconds, result, configurations, steps } = await play(budgetSeconds, { continuation: how });
      if (!result) throw new Error('expected a result');
      const curve = curveOf(configurations[result.trial] ?? {});
      const reached = Math.max(...steps.filter(({ trial }) => trial === result.trial).map(({ to }) => to));
      const cost = secondsUntil(curve, result.epochs) - (how === 'resume' ? secondsUntil(curve, reached) : 0);
      if (reached < maxEpoch) expect(searchSeconds + cost).toBeLessThanOrEqual(budgetSeconds + 1e-9);
      // What is left would have been enough for another epoch, unless it was the last one.
      const next = secondsUntil(curve, result.epochs + 1) - secondsUntil(curve, result.epochs);
      if (result.epochs < maxEpoch) expect(searchSeconds + cost + next).toBeGreaterThan(budgetSeconds - 1e-9);
    }
  });

  it('cuts the final training where the budget ends', async () => {
    // The first of twenty epochs a second, then one in ten seconds: no linear estimate sees that coming.
    const slowing = (configuration: Configuration): Curve => {
      const { accuracy } = curveOf(configuration);
      return { accuracy, seconds: accuracy.map((_, epoch) => (epoch < 2 ? (epoch + 1) / 20 : 10 * epoch)) };
    };
    const { result, state } = await play(30, { curveOf: slowing });
    expect(result?.epochs).toBeGreaterThan(0);
    expect(result?.epochs).toBeLessThan(maxEpoch);
    expect(state.phase).toBe('finished');
  });

  it('counts what the search has trained to the end, whatever it was about to train when the budget ended', async () => {
    // Curves that fall: what has been trained for less long looks better to the end.
    const falling = (configuration: Configuration): Curve => {
      const { seconds, accuracy } = curveOf(configuration);
      return { seconds, accuracy: accuracy.map((_, epoch) => (accuracy[0] ?? 0) - epoch) };
    };
    let seen = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { result, steps, searchSeconds } = await play(300, { seed, curveOf: falling });
      const trained = steps.slice(0, -1).filter(({ to }) => to >= maxEpoch);
      if (searchSeconds < 299 || trained.length === 0) continue;
      seen++;
      expect(result?.epochs).toBe(maxEpoch);
      expect(trained.map(({ trial }) => trial)).toContain(result?.trial);
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('searches all of its budget in mode search, and leaves a trace that the rule can score', async () => {
    const { steps, configurations, searchSeconds, result } = await play(100, { mode: 'search' });
    expect(searchSeconds).toBeGreaterThan(90);
    expect(searchSeconds).toBeLessThanOrEqual(100);
    const rule = { budgetSeconds: 100, continuation: 'resume', maxEpoch, minEpoch: 1 } as const;
    const scored = scoreTrace(steps, (trial) => curveOf(configurations[trial] ?? {}), rule);
    expect(scored.score).toBeGreaterThan(80);
    expect(result).not.toBeNull();
  });

  it('refuses trainings that take no time: it would never end', async () => {
    const instant = (configuration: Configuration): Curve => ({ ...curveOf(configuration), seconds: [0, 0, 0] });
    await expect(play(100, { curveOf: instant })).rejects.toThrow(/^curve: expected a training that takes time/);
  });

  it('is the same again with the same seed, and another with another', async () => {
    const [first, again, other] = await Promise.all([play(100), play(100), play(100, { seed: 2 })]);
    expect([again.steps, again.configurations, again.result]).toEqual([
      first.steps,
      first.configurations,
      first.result,
    ]);
    expect(other.configurations).not.toEqual(first.configurations);
  });

  it('does not depend on the unit that its curves measure time in', async () => {
    const slow = (configuration: Configuration): Curve => {
      const { seconds, accuracy } = curveOf(configuration);
      return { accuracy, seconds: seconds.map((one) => one / 1024) };
    };
    const [plain, fast] = await Promise.all([play(100), play(100 / 1024, { curveOf: slow })]);
    expect([fast.steps, fast.result]).toEqual([plain.steps, plain.result]);
    expect(fast.searchSeconds).toBeCloseTo(plain.searchSeconds / 1024, 9);
  });

  it('finds better configurations with more time', async () => {
    const accuracyOf = async (budgetSeconds: number) => {
      const { result, configurations } = await play(budgetSeconds);
      return result ? accuracyAfter(curveOf(configurations[result.trial] ?? {}), result.epochs) : 0;
    };
    expect(await accuracyOf(800)).toBeGreaterThanOrEqual(await accuracyOf(30));
  });
});
