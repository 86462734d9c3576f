import { describe, expect, it } from 'vitest';
import { largestCorners } from '../../src/space/corners.js';
import { parseSearchSpace } from '../../src/space/parse.js';

const space = parseSearchSpace(
  `name: corners
parameters:
  network.family: {type: choice, values: [residual, plain]}
  network.width: {type: int, low: 8, high: 30, step: 8, log: true}
  network.blocks: {type: int, low: 1, high: 3, when: {network.family: [residual]}}
  optimizer.kind: {type: choice, values: [nesterov, adamw]}
  optimizer.momentum: {type: float, low: 0.1, high: 0.9}
scheduler: {kind: hyperband, eta: 3, min: 4}
`,
  'corners.yaml',
);

describe('the largest corners of a space', () => {
  it('hold every combination of the choices that matter or that others depend on, and the largest numbers', () => {
    const rest = { 'network.width': 24, 'optimizer.momentum': 0.9 };
    const residual = { 'network.family': 'residual', 'network.blocks': 3, ...rest };
    const plain = { 'network.family': 'plain', ...rest };
    expect([...largestCorners(space, ['network.width', 'network.blocks'])]).toEqual([
      { ...residual, 'optimizer.kind': 'nesterov' },
      { ...plain, 'optimizer.kind': 'nesterov' },
    ]);
    expect([...largestCorners(space, ['optimizer.kind'])]).toEqual([
      { ...residual, 'optimizer.kind': 'nesterov' },
      { ...residual, 'optimizer.kind': 'adamw' },
      { ...plain, 'optimizer.kind': 'nesterov' },
      { ...plain, 'optimizer.kind': 'adamw' },
    ]);
  });
});
