import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { parseRecipe } from '../../src/training/recipe.js';

const optimizer = (configuration: Parameters<typeof parseRecipe>[0]) => {
  const recipe = parseRecipe(configuration);
  return ['optimizer.learningRate', 'optimizer.momentum', 'optimizer.weightDecay'].map(
    (name) => recipe[name as keyof typeof recipe],
  );
};

describe('a recipe', () => {
  it('takes the defaults of its kind of optimiser', () => {
    expect(optimizer({})).toEqual([0.2, 0.9, 5e-4]);
    expect(optimizer({ 'optimizer.kind': 'nesterov' })).toEqual([0.2, 0.9, 5e-4]);
    expect(optimizer({ 'optimizer.kind': 'adamw' })).toEqual([0.01, 0.9, 0.05]);
    expect(optimizer({ 'optimizer.kind': 'muon' })).toEqual([0.03, 0.95, 0.05]);
  });

  it('keeps what the configuration says, whatever the kind', () => {
    const given = { 'optimizer.learningRate': 0.003, 'optimizer.momentum': 0.8, 'optimizer.weightDecay': 0 };
    for (const kind of ['nesterov', 'adamw', 'muon']) {
      expect(optimizer({ 'optimizer.kind': kind, ...given })).toEqual([0.003, 0.8, 0]);
    }
  });

  it('refuses a kind of optimiser that there is not', () => {
    expect(() => parseRecipe({ 'optimizer.kind': 'sgd' })).toThrow(InputError);
    expect(() => parseRecipe({ 'optimizer.kind': 'sgd' })).toThrow(/configuration optimizer\.kind/);
  });
});
