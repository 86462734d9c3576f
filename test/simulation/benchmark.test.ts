import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { budgetSeconds, parseBenchmark, regret } from '../../src/simulation/benchmark.js';
import { benchmark, written } from './example.js';

const refusal = (change: object): string => {
  try {
    parseBenchmark(JSON.stringify({ ...written, ...change }), 'b.json');
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'nothing';
};

describe('a benchmark file', () => {
  it('gives space, epochs, tasks and the places of its tables', () => {
    expect(benchmark).toMatchObject({
      name: 'made-up',
      eta: 3,
      minEpoch: 1,
      maxEpoch: 9,
      budgetMultiples: [2, 4],
      accuracyScale: 100,
      table: null,
    });
    expect(benchmark.tasks.map(({ id, table }) => [id, table])).toEqual([
      ['7', null],
      ['other', '/somewhere/other.jsonl'],
    ]);
  });

  it('takes accuracies in [0, 1] for what they are', () => {
    const tasks = [{ id: 'a', mean_full_seconds: 1, best_accuracy: 0.9, median_random_accuracy: 0.5 }];
    expect(parseBenchmark(JSON.stringify({ ...written, tasks }), 'b.json').accuracyScale).toBe(1);
  });

  it('names its budgets, or counts them in mean full trainings', () => {
    const [task] = benchmark.tasks;
    if (!task) throw new Error('expected a task');
    expect(budgetSeconds(task, 4)).toBe(400);
    expect(budgetSeconds(task, 1.5)).toBe(135);
    expect(regret(task, 95)).toBe(0);
    expect(regret(task, 60)).toBe(1);
  });

  it('is refused with the place of what is wrong', () => {
    expect(refusal({ max_epoch: undefined })).toBe('b.json: max_epoch: expected a number, got nothing; try adding it');
    expect(refusal({ min_epoch: 10 })).toMatch(/^b\.json: min_epoch: expected at most max_epoch \(9\), got 10/);
    const [task] = written.tasks;
    expect(refusal({ tasks: [{ ...task, mean_full_seconds: -1 }] })).toMatch(/^b\.json: tasks\.0\.mean_full_seconds: /);
    expect(refusal({ tasks: [{ ...task, best_accuracy: 60 }] })).toMatch(
      /^b\.json: tasks\.0\.best_accuracy: expected a number above median_random_accuracy \(60\), got 60/,
    );
    expect(() => parseBenchmark('{', 'b.json')).toThrow(/^b\.json: expected JSON/);
  });
});
