import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readInputFile } from '../src/input-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-input-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string, mostBytes?: number) =>
  readInputFile({ path, expected: 'a table', tryThis: 'another', ...(mostBytes === undefined ? {} : { mostBytes }) });

it('a file is read whole', () => {
  writeFileSync(join(folder, 'a.csv'), 'ü');
  expect(read(join(folder, 'a.csv')).toString()).toBe('ü');
});

it('what has no end, or may never begin, is refused before it is read', () => {
  spawnSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => read(join(folder, 'pipe'))).toThrow(/pipe: expected a table, got a device or a pipe; try another$/);
  expect(() => read('/dev/zero')).toThrow(/got a device or a pipe/);
});

it('a folder, a file that is not there and one that is too large are refused', () => {
  writeFileSync(join(folder, 'large'), Buffer.alloc(3 * 2 ** 20));
  expect(() => read(folder)).toThrow(/expected a table, got a folder/);
  expect(() => read(join(folder, 'none'))).toThrow(
    /none: expected a table, got no such file; try the path of an existing file$/,
  );
  expect(() => read(join(folder, 'large'), 2 ** 20)).toThrow(/expected a table of at most 1 MiB, got 3 MiB/);
});
