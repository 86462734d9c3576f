import { describe, expect, it } from 'vitest';
import { archivesOf, recipes } from '../../../src/engine/install/packages.js';
import { downloadSpace, installSpace } from '../../../src/engine/install/space.js';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('the space that is asked for', () => {
  it('holds every file twice at worst while it is downloaded', () => {
    const [first, ...others] = archivesOf(recipes.gpu);
    const sizes = archivesOf(recipes.gpu).map(({ bytes }) => bytes);
    expect(downloadSpace(archivesOf(recipes.gpu))).toBe(sum(sizes) + Math.max(...sizes));
    expect(downloadSpace(others)).toBe(downloadSpace(archivesOf(recipes.gpu)) - (first?.bytes ?? Number.NaN));
    expect(downloadSpace([])).toBe(0);
  });

  it.each(['cpu', 'gpu'] as const)('is enough for wheels, libraries and a second copy of the largest: %s', (device) => {
    const recipe = recipes[device];
    const unpacked = sum(recipe.wheels.map(({ unpackedBytes }) => unpackedBytes));
    const offline = installSpace(recipe, []);
    expect(offline).toBeGreaterThan(unpacked + recipe.wheels[0].largestMemberBytes);
    const all = archivesOf(recipe);
    expect(installSpace(recipe, all)).toBeCloseTo(offline + sum(all.map(({ bytes }) => bytes)), 0);
  });

  it('is about one and a half gigabytes for the CPU, seven for a GPU', () => {
    expect(installSpace(recipes.cpu, archivesOf(recipes.cpu)) / 1e9).toBeCloseTo(1.6, 1);
    expect(installSpace(recipes.gpu, archivesOf(recipes.gpu)) / 1e9).toBeCloseTo(6.9, 1);
  });
});
