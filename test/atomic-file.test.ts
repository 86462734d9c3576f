import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyFileAtomic, writeFileAtomic } from '../src/atomic-file.js';
import { InputError } from '../src/errors.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('text and parts of bytes replace the file as a whole and leave nothing beside it', () => {
  const path = join(folder, 'a');
  writeFileAtomic(path, 'a long first text');
  writeFileAtomic(path, [Buffer.from('Ü'), new Uint8Array(), Uint8Array.of(98, 99)]);
  expect(readFileSync(path, 'utf8')).toBe('Übc');
  copyFileAtomic(path, join(folder, 'b'));
  expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('Übc');
  expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
});

test('a path that cannot be written is an input error, and what stood there stays', () => {
  const path = join(folder, 'a');
  mkdirSync(join(path, 'kept'), { recursive: true });
  expect(() => writeFileAtomic(path, [Uint8Array.of(1)])).toThrow(InputError);
  expect(() => writeFileAtomic(join(folder, 'absent', 'a'), 'x')).toThrow(
    /expected a path that can be written, got ENOENT/,
  );
  expect(readdirSync(folder)).toEqual(['a']);
  expect(readdirSync(path)).toEqual(['kept']);
});
