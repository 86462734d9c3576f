import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMebibytes, parseByteSize } from '../../../src/engine/gpu/size.js';
import { InputError } from '../../../src/errors.js';

describe('a size of memory', () => {
  it.each([
    ['6GB', 6e9],
    ['6GiB', 6 * 2 ** 30],
    [' 6 gib ', 6 * 2 ** 30],
    ['6000000000', 6e9],
    ['0.5GB', 5e8],
    ['512MiB', 2 ** 29],
    ['1500MB', 1.5e9],
    ['8kB', 8000],
    ['8KiB', 8192],
    ['7 b', 7],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text, '--gpu-memory')).toBe(bytes);
  });

  it.each(['', '0', '0GB', '-6GB', '6 G', '6GBs', 'GB', '1e9', '6,5GB', '9999999TB', '2000000000GB', 'Infinity'])(
    'refuses %j, naming the option',
    (text) => {
      expect(() => parseByteSize(text, '--gpu-memory')).toThrow(InputError);
      expect(() => parseByteSize(text, '--gpu-memory')).toThrow(/^--gpu-memory: expected a size .*; try 6GB/);
    },
  );

  it('reads every whole number of bytes as it stands', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (bytes) => {
        expect(parseByteSize(String(bytes), 'x')).toBe(bytes);
      }),
    );
  });

  it('is shown as nvidia-smi counts', () => {
    expect(formatMebibytes(6e9)).toBe('5722 MiB');
  });
});
