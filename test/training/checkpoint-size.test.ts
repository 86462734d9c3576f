import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { elements } from '../../src/program/geometry.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import { encodeCheckpoint } from '../../src/training/checkpoint.js';
import { checkpointBytes, largestCheckpointBytes } from '../../src/training/checkpoint-size.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { planNetwork } from '../../src/training/replica-setup.js';

describe('the size of a checkpoint', () => {
  it.each(['nesterov', 'adamw', 'muon'])('is known without training: %s', (kind) => {
    const recipe = parseRecipe({ 'network.width': 8, 'network.stages': 3, 'optimizer.kind': kind });
    const classes = Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(8, '0')}`);
    const { programs } = planNetwork(recipe, 32, classes.length);
    const gradients = new Set(programs.gradients);
    const file = encodeCheckpoint({
      variables: programs.variables
        .filter(({ name }) => !gradients.has(name))
        .map(({ name, shape }) => ({ name, shape, values: new Float32Array(elements(shape)) })),
      recipe,
      resolution: 32,
      classes,
      engine: 'wasm',
      position: { step: 1, images: 1, resource: 1 },
      within: null,
      rung: null,
      learningRateFactor: 1,
      beganAtSeconds: null,
      trainingLoss: null,
      batches: { stream: 'seed:1:false', epoch: 0, position: 0 },
    });
    const bytes = file.reduce((sum, part) => sum + part.length, 0);
    const expected = checkpointBytes(recipe, classes.length);
    expect(expected).toBeGreaterThanOrEqual(bytes);
    expect(expected - bytes).toBeLessThan(12_000);
  });

  it('is bounded by the largest network of a space', () => {
    const space = parseSearchSpace(
      `name: sizes
parameters:
  network.family: {type: choice, values: [plain, residual]}
  network.width: {type: int, low: 4, high: 16, log: true}
  network.blocks: {type: int, low: 1, high: 2, when: {network.family: [residual]}}
  network.stages: {type: choice, values: [2, 3]}
  optimizer.kind: {type: choice, values: [nesterov, adamw, muon]}
  augmentation.flip: {type: choice, values: [true, false]}
scheduler: {kind: hyperband, eta: 3, min: 4}
`,
      'sizes.yaml',
    );
    const largest = largestCheckpointBytes(space, 10);
    const random = seedrandom.alea('sizes');
    const sampled = Array.from({ length: 200 }, () =>
      checkpointBytes(parseRecipe(sampleConfiguration(space, random)), 10),
    );
    expect(Math.max(...sampled)).toBeLessThanOrEqual(largest);
    const most = { 'network.family': 'residual', 'network.width': 16, 'network.blocks': 2, 'network.stages': 3 };
    expect(largest).toBe(checkpointBytes(parseRecipe({ ...most, 'optimizer.kind': 'adamw' }), 10));
  });

  it('is bounded by the network whose squeeze-and-excitation begins with the fewest channels', () => {
    const space = parseSearchSpace(
      `name: gates
parameters:
  network.squeezeExcite: {type: int, low: 8, high: 512, log: true}
  network.width: {type: int, low: 8, high: 16}
scheduler: {kind: hyperband, eta: 3, min: 4}
`,
      'gates.yaml',
    );
    const most = { 'network.squeezeExcite': 8, 'network.width': 16 };
    expect(largestCheckpointBytes(space, 10)).toBe(checkpointBytes(parseRecipe(most), 10));
    expect(checkpointBytes(parseRecipe({ ...most, 'network.squeezeExcite': 512 }), 10)).toBeLessThan(
      checkpointBytes(parseRecipe(most), 10),
    );
  });
});
