import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
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
    /expected a path that can be written, got ENOENT[^.]*absent\/a'/,
  );
  expect(readdirSync(folder)).toEqual(['a']);
  expect(readdirSync(path)).toEqual(['kept']);
});

test('a name that no file system takes, a device and a pipe are input errors, and the device stays one', () => {
  expect(() => writeFileAtomic(join(folder, 'x'.repeat(5000)), 'x')).toThrow(InputError);
  expect(() => writeFileAtomic('/dev/null', 'x')).toThrow(
    /null: expected a file, or nothing yet, got a device or a pipe/,
  );
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  symlinkSync('/dev/null', join(folder, 'link'));
  expect(() => writeFileAtomic(join(folder, 'link'), 'x')).toThrow(InputError);
  expect(readdirSync(folder)).toEqual(['link']);
});
