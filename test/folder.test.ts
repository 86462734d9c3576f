import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder, makeWritableFolder } from '../src/folder.js';

const root = mkdtempSync(join(tmpdir(), 'hyperbudget-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('makes a folder with those above it, and leaves one that is there', () => {
  const path = join(root, 'a', 'b', 'c');
  makeFolder(path);
  writeFileSync(join(path, 'kept'), '');
  makeFolder(path);
  expect(existsSync(join(path, 'kept'))).toBe(true);
  makeFolder('/');
});

it('takes a link to a folder for one', () => {
  makeFolder(join(root, 'there'));
  symlinkSync(join(root, 'there'), join(root, 'link'));
  makeFolder(join(root, 'link', 'below'));
  expect(statSync(join(root, 'there', 'below')).isDirectory()).toBe(true);
});

it('makes nothing in the place of a file, or below one', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(root, 'file', 'below'))).toThrow(/ENOTDIR/);
});

it('makes nothing through a link that leads nowhere', () => {
  symlinkSync(join(root, 'nowhere', 'at', 'all'), join(root, 'loose'));
  expect(() => makeFolder(join(root, 'loose'))).toThrow(/EEXIST/);
  expect(() => makeFolder(join(root, 'loose', 'below'))).toThrow();
});

it.skipIf(!existsSync('/proc/self'))(
  'comes to an end where the system says for ever that there is no such file',
  () => {
    expect(() => makeFolder('/proc/hyperbudget')).toThrow(/ENOENT/);
    expect(() => makeFolder('/proc/hyperbudget/below')).toThrow(/ENOENT/);
  },
);

it('refuses a folder that a user has named and that cannot be made', () => {
  writeFileSync(join(root, 'taken'), '');
  expect(() => makeWritableFolder(join(root, 'taken'), '--out')).toThrow(
    /^--out: expected a folder that can be written, got .*taken \(EEXIST.*\); try another folder$/,
  );
});
