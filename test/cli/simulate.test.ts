import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { written } from '../simulation/example.js';
import { hyperbudget, temporaryFolder } from './program.js';

/** A folder with a benchmark of one task and a table of twenty configurations. */
function folderOf(): string {
  const folder = temporaryFolder();
  const [task] = written.tasks;
  writeFileSync(join(folder, 'benchmark.json'), JSON.stringify({ ...written, tasks: [task], table: 'table.jsonl' }));
  const rows = Array.from({ length: 20 }, (_, index) => ({
    configuration: {
      rate: 10 ** (-3 + (3 * index) / 19),
      model: 'tree',
      depth: 1 + (index % 4),
      shuffle: true,
      size: 'small',
    },
    seconds: Array.from({ length: 9 }, (_, epoch) => (epoch + 1) * (1 + (index % 3))),
    accuracy: Array.from({ length: 9 }, (_, epoch) => 50 + 2 * index - 10 / (epoch + 1)),
  }));
  writeFileSync(join(folder, 'table.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return folder;
}
const withoutTimes = (text: string) => text.replaceAll(/"decision_ms":\{[^}]*\}/g, '');

describe('simulate', () => {
  it('plays a benchmark: a line a run on stdout, the summary on stderr, the same again', async () => {
    const folder = folderOf();
    const words = ['simulate', '--benchmark', 'benchmark.json', '--seeds', '2', '--sampler', 'random'];
    const first = await hyperbudget(folder, ...words);
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('made-up, model-asha random, run, resume'),
    });
    const lines = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ task, k, seed }) => [task, k, seed])).toEqual([
      ['7', 2, 0],
      ['7', 4, 0],
      ['7', 2, 1],
      ['7', 4, 1],
    ]);
    const again = await hyperbudget(folder, ...words);
    expect(withoutTimes(again.stdout)).toBe(withoutTimes(first.stdout));
  });

  it('writes its results to a file and the summary to stdout', async () => {
    const folder = folderOf();
    const words = [
      'simulate',
      '--benchmark',
      'benchmark.json',
      '--seeds',
      '1',
      '--first-seed',
      '5',
      '--budgets',
      '1.5',
    ];
    const how = ['--mode', 'search', '--continuation', 'scratch', '--share', '0.4', '-o', 'results.jsonl'];
    const { code, stdout } = await hyperbudget(folder, ...words, ...how);
    expect(code).toBe(0);
    expect(stdout).toMatch(/made-up, model-asha gaussian-process, search, scratch/);
    const [line] = readFileSync(join(folder, 'results.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({
      k: 1.5,
      seed: 5,
      mode: 'search',
      continuation: 'scratch',
      share: 0.4,
    });
  });

  it.each([
    [['--tasks', '8'], /--tasks: expected tasks of the benchmark \(7\), got 8/],
    [['--budgets', '4,x'], /--budgets: expected numbers above 0/],
    [['--seeds', '0'], /--seeds: expected a whole number of at least 1, got 0/],
    [['--scheduler', 'best'], /--scheduler <kind>: expected hyperband, .*, got best/],
    [['--share', '1.2'], /--share: expected auto or a number in \(0, 1\), got 1\.2/],
    [
      ['--table', 'nowhere.jsonl'],
      /nowhere\.jsonl: expected a table of curves.*, got no such file; try the path of an existing file/,
    ],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await hyperbudget(folderOf(), 'simulate', '--benchmark', 'benchmark.json', ...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
