import { describe, expect, it } from 'vitest';
import { parseBenchmark } from '../../src/simulation/benchmark.js';
import { Simulation, type SimulationResult, spaceOf } from '../../src/simulation/simulate.js';
import { summarize, summaryTable } from '../../src/simulation/summary.js';
import { playAll } from '../../src/simulation/sweep.js';
import { vectorProblems } from '../../src/simulation/test-vectors.js';
import { benchmark, formula, settings, written } from './example.js';

const [task] = benchmark.tasks;
if (!task) throw new Error('expected a task');
const plain = ({ decision_ms: _, ...result }: SimulationResult) => result;

describe('a simulation', () => {
  it('plays every task, budget and seed, and scores each run', async () => {
    const selection = { ...settings, tasks: benchmark.tasks, budgets: [2, 4], seeds: [3, 4] };
    const results: SimulationResult[] = [];
    for await (const { result, total } of playAll(benchmark, formula, selection)) {
      results.push(result);
      expect(total).toBe(8);
    }
    expect(new Set(results.map(({ task, k, seed }) => `${task} ${k} ${seed}`)).size).toBe(8);
    for (const result of results) {
      expect(result).toMatchObject({ benchmark: 'made-up', method: 'hyperband random', mode: 'run', final_epoch: 9 });
      const [best, median] = result.task === '7' ? [95, 60] : [90, 50];
      expect(result.regret).toBeCloseTo((best - (result.score ?? 0)) / (best - median), 12);
      expect(result.search_share).toBeGreaterThan(0);
      expect(result.search_share).toBeLessThanOrEqual(1);
    }
  });

  it.each(['random', 'sobol', 'prior', 'kde', 'tpe'] as const)(
    'plays the sampler %s with every scheduler, the same again',
    async (sampler) => {
      for (const scheduler of ['hyperband', 'successive-halving', 'asha', 'single-rung'] as const) {
        const played = () => new Simulation(benchmark, formula).play(task, 4, 5, { ...settings, scheduler, sampler });
        const first = await played();
        expect(first.score).toBeGreaterThan(60);
        expect(plain(await played())).toEqual(plain(first));
      }
    },
  );

  it('gives the search the share that is asked for, and tells it', async () => {
    const played = await new Simulation(benchmark, formula).play(task, 20, 1, { ...settings, share: 0.4 });
    expect(played.share).toBe(0.4);
    expect(played.search_share).toBeGreaterThan(0.3);
    expect(played.search_share).toBeLessThanOrEqual(0.4 + 0.06);
    expect((await new Simulation(benchmark, formula).play(task, 4, 1, settings)).share).toBe('auto');
  });

  it('has final trainings without a length where no rung is a full one', async () => {
    const open = parseBenchmark(JSON.stringify({ ...written, max_rung_epoch: 3 }), 'open.json');
    expect(spaceOf(open, settings)).toMatchObject({ scheduler: { max: 3 }, final: { useValidation: false } });
    expect(spaceOf(open, settings).final.maxEpochs).toBeUndefined();
    expect((await new Simulation(open, formula).play(task, 4, 1, settings)).final_epoch).toBeGreaterThan(3);
    expect(() => parseBenchmark(JSON.stringify({ ...written, max_rung_epoch: 10 }), 'open.json')).toThrow(
      'open.json: max_rung_epoch: expected min_epoch (1) to max_epoch (9), got 10; try to leave it out',
    );
  });

  it('asks for each curve once, and gives the same results whatever was played before', async () => {
    const asked: string[] = [];
    const source = {
      curve: (...[one, configuration]: Parameters<typeof formula.curve>) => {
        asked.push(JSON.stringify([one.id, configuration]));
        return formula.curve(one, configuration);
      },
    };
    const simulation = new Simulation(benchmark, source);
    const first = await simulation.play(task, 4, 1, settings);
    const again = await simulation.play(task, 4, 1, settings);
    expect(plain(again)).toEqual(plain(first));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('takes no parameter of a benchmark for one that a study reads itself', async () => {
    const space = [
      { name: 'resolution', type: 'float', lower: 0.25, upper: 1 },
      { name: 'rate', type: 'float', lower: 0.001, upper: 1, log: true, when: { kind: 'a' } },
      { name: 'kind', type: 'choice', values: ['a'] },
    ];
    const other = parseBenchmark(JSON.stringify({ ...written, conditions: [], space }), 'b.json');
    const seen = new Set<string>();
    const source = {
      curve: (...[one, configuration]: Parameters<typeof formula.curve>) => {
        seen.add(Object.keys(configuration).sort().join());
        return formula.curve(one, configuration);
      },
    };
    const result = await new Simulation(other, source).play(task, 2, 0, settings);
    expect(result.score).toBeGreaterThan(50);
    expect([...seen]).toEqual(['kind,rate,resolution']);
  });

  it('says where a source of curves is not the one that the test vectors are from', () => {
    const configuration = { rate: 0.1, layers: 1 };
    const vector = { task: '7', configuration, epochs: [1, 9], seconds: [2, 18], accuracy: [75, 87] };
    expect(vectorProblems({ ...benchmark, testVectors: [vector] }, formula)).toEqual([]);
    const wrong = { ...vector, seconds: [2, 18.001] };
    expect(vectorProblems({ ...benchmark, testVectors: [wrong] }, formula)).toEqual([
      'test vector 0, epoch 9, seconds: expected 18.001, got 18',
    ]);
  });
});

describe('the summary', () => {
  const result = (task: string, seed: number, regret: number): SimulationResult => ({
    benchmark: 'b',
    task,
    k: 4,
    method: 'm',
    seed,
    mode: 'run',
    continuation: 'resume',
    share: 'auto',
    score: 1,
    regret,
    search_share: 0.5,
    final_epoch: 9,
    trials: 10,
    decision_ms: { p50: 1, p95: 2 },
  });

  it('gives each task the same weight, and an interval around the mean', () => {
    const results = [result('a', 0, 0.2), result('a', 1, 0.4), result('b', 0, 0.9)];
    const [summary] = summarize(results);
    expect(summary).toMatchObject({ k: 4, tasks: 2, seeds: 2, searchShare: 0.5, trials: 10 });
    expect(summary?.regret).toBeCloseTo(0.6);
    expect(summary?.interval).toEqual([expect.closeTo(0.55), expect.closeTo(0.65)]);
    expect(summarize(results)).toEqual([summary]);
  });

  it('is a line a budget, ascending', () => {
    const lines = summaryTable(summarize([{ ...result('a', 0, 0.5), k: 16 }, result('a', 0, 0.25)]));
    expect(lines[1]).toMatch(/^ 4 {3}0\.250 {2}0\.250 – 0\.250/);
    expect(lines[2]).toMatch(/^16 {3}0\.500/);
  });
});
