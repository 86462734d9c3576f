import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import type { Compute } from '../../../src/engine/kernels/operations.js';
import { startWasm } from '../../../src/engine/kernels/wasm.js';
import { extent } from '../../../src/program/geometry.js';
import type { Padding } from '../../../src/program/operation.js';
import { expectAsReference, randomTensor } from './operation-cases.js';

let compute: Compute;
beforeAll(async () => {
  ({ compute } = await startWasm());
});

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    inputs: fc.constantFrom(1, 3, 4, 8, 12),
    outputs: fc.constantFrom(2, 4, 8, 11, 16),
    size: fc.constantFrom(1, 2, 3, 5, 7),
    stride: fc.constantFrom(1, 2, 3),
    padding: fc.constantFrom<Padding>('same', 'valid'),
  })
  .filter(({ padding, size, height, width }) => padding === 'same' || (height >= size && width >= size));

function tensors(c: Case) {
  const x = randomTensor([c.batch, c.height, c.width, c.inputs], 1);
  const filter = randomTensor([c.size, c.size, c.inputs, c.outputs], 2);
  const rows = extent(c.height, c.size, c.stride, c.padding).outputs;
  const columns = extent(c.width, c.size, c.stride, c.padding).outputs;
  return { x, filter, dy: randomTensor([c.batch, rows, columns, c.outputs], 3) };
}

function holdsFor(check: (c: Case) => void): void {
  fc.assert(fc.property(cases, check), { numRuns: 150, seed: 1 });
}

describe('convolutions on wasm', () => {
  it('a convolution is the reference for any shape, stride and padding', () => {
    holdsFor((c) => {
      const { x, filter } = tensors(c);
      expectAsReference(compute, { kind: 'conv2d', stride: c.stride, padding: c.padding }, [x, filter]);
    });
  });

  it('the input gradient is the reference for any shape, stride and padding', () => {
    holdsFor((c) => {
      const { x, filter, dy } = tensors(c);
      const operation = { kind: 'conv2dInputGradient', stride: c.stride, padding: c.padding } as const;
      expectAsReference(compute, operation, [dy, filter, x]);
    });
  });

  it('the filter gradient is the reference for any shape, stride and padding', () => {
    holdsFor((c) => {
      const { x, dy } = tensors(c);
      const filterShape = [c.size, c.size, c.inputs, c.outputs] as const;
      const operation = { kind: 'conv2dFilterGradient', stride: c.stride, padding: c.padding, filterShape } as const;
      expectAsReference(compute, operation, [dy, x]);
    });
  });
});
