import { describe, expect, it } from 'vitest';
import { archivesOf, recipes } from '../../../src/engine/install/packages.js';

/** Folders beside its own in which TensorFlow's library for GPUs and cuDNN look for others. */
const searched = ['cublas', 'cudnn', 'cufft', 'cusolver', 'cusparse', 'cuda_runtime', 'nvjitlink', 'nvrtc'];

describe.each(['cpu', 'gpu'] as const)('the engine for the %s', (device) => {
  const recipe = recipes[device];
  const placed = recipe.wheels.flatMap(({ members }) => [...members.values()]);

  it('has each of its archives once, with a full hash', () => {
    const archives = archivesOf(recipe);
    expect(new Set(archives.map(({ file }) => file)).size).toBe(archives.length);
    expect(new Set(archives.map(({ sha256 }) => sha256)).size).toBe(archives.length);
    for (const { sha256 } of archives) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names its wheels as pip does: distribution and version', () => {
    for (const { requirement, file } of recipe.wheels) {
      const [name = '', version] = requirement.split('==');
      expect(file.startsWith(`${name.replaceAll('-', '_')}-${version}-`)).toBe(true);
    }
  });

  it('puts every file where it is looked for, and no two in one place', () => {
    expect(new Set(placed).size).toBe(placed.length);
    for (const path of placed.filter((one) => one.endsWith('.so') || one.includes('.so.'))) {
      const [top, folder = '', below] = path.split('/');
      if (top === 'lib') continue;
      expect({ path, top, below, found: searched.includes(folder) }).toEqual({
        path,
        top: 'nvidia',
        below: 'lib',
        found: true,
      });
    }
  });

  it('takes the libraries of TensorFlow from its first wheel', () => {
    expect([...recipe.wheels[0].members.keys()]).toEqual([
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
    ]);
  });
});
