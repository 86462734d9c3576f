import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readTables } from '../../src/simulation/table.js';
import { benchmark, tableOf } from './example.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const fileOf = (...lines: readonly (object | string)[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-table-'));
  folders.push(folder);
  const file = join(folder, 'table.jsonl');
  writeFileSync(file, `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n`);
  return file;
};
const [seven, other] = benchmark.tasks;
if (!seven || !other) throw new Error('expected two tasks');
const tree = { model: 'tree', shuffle: false, rate: 0.1, size: 'small', version: 2, depth: 2 };
const net = { model: 'net', shuffle: false, rate: 0.1, size: 'small', version: 2, units: 64, layers: 1 };
const nine = (value: number) => Array.from({ length: 9 }, () => value);
const flat = { seconds: nine(1), accuracy: nine(1) };

describe('a table of curves', () => {
  it('gives the row of a configuration, else of the nearest one, conditional parameters included', () => {
    const table = tableOf('7', [
      [tree, 10],
      [{ ...tree, rate: 1 }, 20],
      [net, 30],
      [{ ...net, units: 512 }, 40],
    ]);
    const at = (configuration: typeof tree | typeof net) => table.curve(seven, configuration).accuracy[0];
    expect(at(tree)).toBe(10);
    expect(at({ ...tree, rate: 0.5, size: 'large' })).toBe(20);
    expect(at({ ...net, units: 80 })).toBe(30);
    expect(at({ ...net, units: 400, layers: 3 })).toBe(40);
    expect(() => table.curve(other, tree)).toThrow(/task other: expected a row of the table/);
  });

  it('is read line by line, its seconds never falling', () => {
    const file = fileOf(
      { task: 7, configuration: tree, seconds: [-1, 2, 1, ...nine(5)], accuracy: [...nine(50), 51, 52, 53] },
      '',
    );
    const curve = readTables(benchmark, [seven], file).curve(seven, net);
    expect(curve.seconds.slice(0, 4)).toEqual([0, 2, 2, 5]);
  });

  it('is found where the benchmark names it, for all tasks or for one', () => {
    const row = { configuration: tree, seconds: nine(1), accuracy: nine(5) };
    const table = fileOf({ task: '7', ...row });
    const own = fileOf({ ...row, accuracy: nine(6) });
    const tasks = [seven, { ...other, table: own }];
    const source = readTables({ ...benchmark, table }, tasks, undefined);
    expect(tasks.map((task) => source.curve(task, tree).accuracy[0])).toEqual([5, 6]);
  });

  it('takes active parameters alone, in the values of the space', () => {
    const written = { ...tree, shuffle: 'False', version: '2', units: 64, layers: null };
    const source = readTables(
      benchmark,
      [seven],
      fileOf({ task: 7, config: written, ...flat }, { task: 7, config: net, ...flat, accuracy: nine(2) }),
    );
    // By what it lists of the other model, the first row would be nearer.
    expect(source.curve(seven, { ...net, rate: 0.2 }).accuracy[0]).toBe(2);
    expect(source.curve(seven, { ...tree, rate: 0.2 }).accuracy[0]).toBe(1);
  });

  it.each([
    [{ task: 7, configuration: tree, seconds: nine(1) }, /:1 accuracy: expected /],
    [{ task: 7, configuration: tree, seconds: [1], accuracy: [1] }, /:1 seconds: expected a curve of 9 epochs, got 1/],
    [
      { task: 7, configuration: tree, seconds: nine(1), accuracy: nine(200) },
      /:1 accuracy: expected percent, .* got 200/,
    ],
    [{ configuration: tree, seconds: nine(1), accuracy: nine(1) }, /:1: expected a task, got none/],
    ['{', /:1: expected JSON/],
    ['[]', /:1: expected a JSON object, got \[\]/],
    [
      { task: 7, configuration: { ...tree, width: 3 }, ...flat },
      /:1 configuration: expected parameters of .*, got width/,
    ],
    [
      { task: 7, configuration: { ...tree, size: 'huge' }, ...flat },
      /configuration\.size: expected one of .*, got "huge"/,
    ],
    [
      { task: 7, configuration: { ...tree, depth: null }, ...flat },
      /configuration\.depth: expected a number, got nothing/,
    ],
    [{ task: 7, configuration: { ...tree, size: [] }, ...flat }, /:1 configuration size: expected /],
    [
      { task: 'other', configuration: tree, seconds: nine(1), accuracy: nine(1) },
      /^task 7: expected rows in the table/,
    ],
  ])('is refused with its line: %j', (line, message) => {
    expect(() => readTables(benchmark, [seven], fileOf(line))).toThrow(message);
  });

  it('must be named somewhere', () => {
    expect(() => readTables(benchmark, [seven], undefined)).toThrow(
      /^task 7: expected a table of curves, got none .*--table FILE/,
    );
  });
});
