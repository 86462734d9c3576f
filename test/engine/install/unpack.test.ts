import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../../src/engine/install/unpack.js';
import { temporaryFolder } from './surroundings.js';
import { type ZipMember, zip } from './zip.js';

function write(members: readonly ZipMember[]): string {
  const path = join(temporaryFolder(), 'a.whl');
  writeFileSync(path, zip(members));
  return path;
}

describe('a wheel', () => {
  const nothing = { onBytes: () => undefined };
  const contents = fc.array(fc.uint8Array({ maxLength: 300_000, size: 'max' }), { maxLength: 4 });

  it('gives back the files that were packed, and counts their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (files) => {
        const archive = write(files.map((content, index) => ({ name: `a/${index}.so`, content })));
        const folder = temporaryFolder();
        let bytes = 0;
        const onBytes = (more: number) => {
          bytes += more;
        };
        const taken = await unpack(archive, folder, (name) => name.replace('a/', 'lib/deep/'), { onBytes });
        expect(taken.size).toBe(files.length);
        expect(bytes).toBe(files.reduce((sum, { length }) => sum + length, 0));
        for (const [index, content] of files.entries()) {
          const got = readFileSync(join(folder, `lib/deep/${index}.so`));
          expect(Buffer.compare(got, content)).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('leaves in the archive what nobody asked for', async () => {
    const archive = write(['wanted', 'other'].map((name) => ({ name, content: Buffer.from(name) })));
    const folder = temporaryFolder();
    const taken = await unpack(archive, folder, (name) => (name === 'wanted' ? 'here' : null), nothing);
    expect([...taken]).toEqual(['wanted']);
    expect(readFileSync(join(folder, 'here'), 'utf8')).toBe('wanted');
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  it('keeps programs executable', async () => {
    const archive = write([{ name: 'ptxas', content: Buffer.from('program'), mode: 0o755 }]);
    const folder = temporaryFolder();
    await unpack(archive, folder, (name) => name, nothing);
    expect(statSync(join(folder, 'ptxas')).mode & 0o111).toBe(0o111);
  });

  it('is refused when a checksum differs', async () => {
    const archive = write([{ name: 'lib.so', content: Buffer.from('library'), crc: 1 }]);
    await expect(unpack(archive, temporaryFolder(), (name) => name, nothing)).rejects.toThrow(
      'lib.so: damaged in the archive',
    );
  });

  it('is refused when its end is missing', async () => {
    const archive = write([{ name: 'lib.so', content: Buffer.from('library') }]);
    writeFileSync(archive, readFileSync(archive).subarray(0, -20));
    await expect(unpack(archive, temporaryFolder(), (name) => name, nothing)).rejects.toThrow();
  });

  it('is not unpacked further once the signal is aborted', async () => {
    const archive = write([{ name: 'lib.so', content: Buffer.alloc(1_000_000) }]);
    const signal = AbortSignal.abort(new Error('stopped by the user'));
    await expect(unpack(archive, temporaryFolder(), (name) => name, { ...nothing, signal })).rejects.toThrow();
  });
});
