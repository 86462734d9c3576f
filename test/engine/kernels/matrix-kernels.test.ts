import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src/engine/kernels/assembler.js';
import { convolve, correlate } from '../../../src/engine/kernels/matrix-kernels.js';
import { webAssembly } from '../../../src/engine/kernels/webassembly.js';

type Kernel = (...words: readonly number[]) => void;

/** The kernels without fused multiply-add, as old processors and old Nodes run them, on a page of memory. */
function plain() {
  const memory = new webAssembly.Memory({ initial: 1 });
  const module = new webAssembly.Module(assemble([convolve(false), correlate(false)]));
  const { exports } = new webAssembly.Instance(module, { env: { memory } });
  return {
    floats: new Float32Array(memory.buffer),
    words: new Int32Array(memory.buffer),
    convolve: exports['convolve'] as Kernel,
    correlate: exports['correlate'] as Kernel,
  };
}

describe('matrix kernels without fused multiply-add', () => {
  it.each([1, 4, 7])('convolve multiplies %i gathered rows with a panel of eight columns', (rows) => {
    const { floats, words, convolve: run } = plain();
    const [table, a, b, c] = [0, 1024, 2048, 4096];
    for (let row = 0; row < rows; row += 1) words.set([row * 20, row * 32], table / 4 + row * 2);
    for (let i = 0; i < rows * 5; i += 1) floats[a / 4 + i] = i + 1;
    for (let i = 0; i < 4 * 8; i += 1) floats[b / 4 + i] = i;
    run(table, rows, a, c, b, 1, 2, 12, 2);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < 8; column += 1) {
        // Two runs of two floats, three floats apart.
        const sum = [0, 1, 3, 4].reduce((total, at, k) => total + (row * 5 + at + 1) * (k * 8 + column), 0);
        expect(floats[c / 4 + row * 8 + column]).toBe(sum);
      }
    }
  });

  it.each([1, 2, 3, 4, 9])('correlate adds the products of %i columns with eight', (columns) => {
    const { floats, correlate: run } = plain();
    const [a, b, c] = [1024, 2048, 4096];
    for (let i = 0; i < 6 * columns; i += 1) floats[a / 4 + i] = i;
    for (let i = 0; i < 6 * 8; i += 1) floats[b / 4 + i] = i - 3;
    floats.fill(100, c / 4, c / 4 + columns * 8);
    const [aRow, bRow] = [columns * 4, 32];
    run(c, 32, a, b, columns, 1, 0, 0, 3, 2 * aRow, 2 * bRow, 2, aRow, bRow);
    for (let row = 0; row < columns; row += 1) {
      for (let column = 0; column < 8; column += 1) {
        const products = [0, 1, 2, 3, 4, 5].map((k) => (k * columns + row) * (k * 8 + column - 3));
        expect(floats[c / 4 + row * 8 + column]).toBe(100 + products.reduce((x, y) => x + y, 0));
      }
    }
  });
});
