import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  diskError,
  fileChecksum,
  formatBytes,
  prepareFolder,
  removeStale,
  writeAtomically,
} from '../../../src/data/pack/disk.js';
import { InputError } from '../../../src/errors.js';
import { pattern, temporaryFolder, writeFiles } from '../samples.js';

describe('writing atomically', () => {
  test('replaces the file and leaves no other behind', async () => {
    const path = join(temporaryFolder(), 'a');
    await writeAtomically(path, 'one');
    await writeAtomically(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(path, '..'))).toEqual(['a']);
  });

  test('that fails leaves what was there, and says which file', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a'));
    await expect(writeAtomically(join(folder, 'a'), 'x')).rejects.toThrow(
      `${join(folder, 'a')}: expected a disk that can be written, got E`,
    );
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS'])('that fails with %s is an input error in words', (code) => {
    const error = diskError('/cache/pack/a', Object.assign(new Error(code), { code }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/^\/cache\/pack: expected (room|a writable cache folder)/);
  });
});

describe('the folder', () => {
  test('is made, and must have room for what is to come', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    prepareFolder(folder, 1);
    expect(existsSync(folder)).toBe(true);
    expect(() => prepareFolder(folder, Number.MAX_SAFE_INTEGER)).toThrow(
      /expected 9007199\.3 GB of free disk .* got \d/,
    );
  });

  test('loses half-written files once they are an hour old, and nothing else', () => {
    const folder = temporaryFolder();
    const [old, young] = [`a.${'0'.repeat(16)}.tmp`, `a.${'1'.repeat(16)}.tmp`];
    writeFiles(folder, { [old]: '', [young]: '', 'b.tmp': '' });
    for (const name of [old, 'b.tmp']) utimesSync(join(folder, name), 1000, 1000);
    utimesSync(join(folder, young), 4000, 4000);
    removeStale(folder, 1000 + 3601);
    expect(readdirSync(folder).sort()).toEqual([young, 'b.tmp']);
  });
});

describe('a checksum', () => {
  test('covers the whole file, and is none for a file of another size', async () => {
    const folder = temporaryFolder();
    const bytes = Buffer.alloc(9 * 1024 * 1024, pattern(30, 30));
    writeFiles(folder, { a: bytes, empty: '' });
    expect(await fileChecksum(join(folder, 'a'), bytes.length)).toBe(crc32(bytes));
    expect(await fileChecksum(join(folder, 'a'), bytes.length - 1)).toBeUndefined();
    expect(await fileChecksum(join(folder, 'b'), 1)).toBeUndefined();
    expect(await fileChecksum(join(folder, 'empty'), 0)).toBe(0);
  });
});

test('bytes are written for people', () => {
  expect([900, 64e6, 1.55e9].map(formatBytes)).toEqual(['1 kB', '64 MB', '1.6 GB']);
});
