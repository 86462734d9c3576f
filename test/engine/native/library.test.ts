import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enginesDirectory, findLibraries, type NativeDevice } from '../../../src/engine/native/library.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-library-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function install(device: NativeDevice, content?: string): void {
  const engine = { version: 1, device, tensorflow: '2.18.1', package: 'tensorflow', addon: 'lib/a.node', bytes: 5 };
  mkdirSync(join(folder, device));
  writeFileSync(join(folder, device, 'engine.json'), content ?? JSON.stringify(engine));
}

/** Libraries that `engine install` has put into the test's folder. */
const installed = (device: NativeDevice) =>
  findLibraries(device, { HYPERBUDGET_ENGINES: folder }).filter(({ addon }) => addon.startsWith(folder));

describe('the builds of TensorFlow on a machine', () => {
  it('are none in an empty folder', () => {
    expect(installed('cpu')).toEqual([]);
  });

  it('are found by their engine.json', () => {
    install('cpu');
    expect(installed('cpu')).toEqual([{ device: 'cpu', addon: join(folder, 'cpu', 'lib', 'a.node') }]);
    expect(installed('gpu')).toEqual([]);
  });

  it('for GPUs also serve on the CPU, last', () => {
    install('gpu');
    install('cpu');
    expect(installed('cpu').map(({ device }) => device)).toEqual(['cpu', 'gpu']);
    expect(installed('gpu').map(({ device }) => device)).toEqual(['gpu']);
  });

  it.each(['{', '{"version":2}', '{"version":1,"device":"tpu"}'])('an engine.json of %s is an error', (content) => {
    install('cpu', content);
    expect(() => installed('cpu')).toThrow();
  });

  it('lie in the folder that the environment names, else in the user’s cache', () => {
    expect(enginesDirectory({ HYPERBUDGET_ENGINES: '/e' })).toBe('/e');
    expect(enginesDirectory({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'hyperbudget', 'engines'));
    expect(enginesDirectory({})).toMatch(/\.cache.hyperbudget.engines$/);
  });
});
