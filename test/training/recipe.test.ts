import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { descriptionOf } from '../../src/training/replica-setup.js';

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

  it('takes one number of blocks or one for each of four stages', () => {
    expect(parseRecipe({ 'network.blocks': 3 })['network.blocks']).toBe(3);
    const recipe = parseRecipe({ 'network.blocks': '3-4-6-3', 'network.block': 'bottleneck' });
    expect(descriptionOf(recipe, 32, 10)).toMatchObject({ blocks: [3, 4, 6, 3], block: 'bottleneck' });
    for (const blocks of ['3-4-6', '3-0-6-3', '3,4,6,3', true]) {
      expect(() => parseRecipe({ 'network.blocks': blocks })).toThrow(
        'network.blocks: expected an integer from 1 to 6, or four numbers such as 3-4-6-3',
      );
    }
    for (const blocks of [0, 7, 1.5]) expect(() => parseRecipe({ 'network.blocks': blocks })).toThrow(InputError);
  });

  it('refuses a kind of optimiser that there is not', () => {
    expect(() => parseRecipe({ 'optimizer.kind': 'sgd' })).toThrow(InputError);
    expect(() => parseRecipe({ 'optimizer.kind': 'sgd' })).toThrow(/configuration optimizer\.kind/);
  });
});
