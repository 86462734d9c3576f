import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readableFile } from '../../../src/data/pack/readable.js';
import { InputError } from '../../../src/errors.js';
import { temporaryFolder } from '../samples.js';

describe('a file that cannot be read', () => {
  test.each(['nowhere', 'circle'])('is told by its link: to %s', (target) => {
    const folder = temporaryFolder();
    symlinkSync(target, join(folder, 'circle'));
    expect(readableFile(join(folder, 'circle'))).toBeNull();
  });

  test('is told by its permissions', ({ skip }) => {
    if (process.getuid?.() === 0) return skip('root may read everything');
    const path = join(temporaryFolder(), 'image');
    writeFileSync(path, 'abc');
    expect(readableFile(path)?.size).toBe(3);
    chmodSync(path, 0);
    expect(readableFile(path)).toBeNull();
  });

  test('for want of a disk that works is an input error', () => {
    // A name with a null byte never reaches the disk: no error of the file's.
    expect(() => readableFile('a\0b')).toThrow(InputError);
  });
});
