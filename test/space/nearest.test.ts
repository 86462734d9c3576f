import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../src/space/nearest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
  ])('from %j to %j takes %d edits', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });
});

describe('nearestName', () => {
  const known = ['network.width', 'network.blocks', 'optimizer.learningRate', 'optimizer.weightDecay', 'resolution'];

  it.each([
    ['network.widht', 'network.width'],
    ['width', 'network.width'],
    ['learningrate', 'optimizer.learningRate'],
    ['optimiser.weight_decay', 'optimizer.weightDecay'],
    ['Resolution', 'resolution'],
  ])('%s was meant as %s', (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it('compares neither names of any length nor any number of them', () => {
    expect(nearestName('a'.repeat(100_000), known)).toBeUndefined();
    expect(nearestName('width', ['a'.repeat(100_000_000), 'width'])).toBe('width');
    expect(nearestName('width', Array<string>(30_000).fill('widht'))).toBeUndefined();
  });

  it('has no suggestion for something quite different', () => {
    expect(nearestName('quux-frobnicator', known)).toBeUndefined();
  });
});
