import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { localMachine } from '../../src/study/request.js';

it('the cache stands where it is told, else where XDG_CACHE_HOME says, else in the home folder', () => {
  const env = { HOME: '/home/somebody' };
  expect(localMachine(env).cacheDirectory).toBe('/home/somebody/.cache/hyperbudget/packed');
  expect(localMachine({ ...env, XDG_CACHE_HOME: '' }).cacheDirectory).toBe('/home/somebody/.cache/hyperbudget/packed');
  expect(localMachine({ ...env, XDG_CACHE_HOME: '/cache' }).cacheDirectory).toBe('/cache/hyperbudget/packed');
  expect(localMachine(env, '/mine').cacheDirectory).toBe('/mine');
});

it('a trial process is this Node with the entry of the trials', () => {
  const { command, threads } = localMachine({});
  expect(command[0]).toBe(process.execPath);
  expect(command[1]).toMatch(/trial[/\\]main\.js$/);
  expect(existsSync(command[1]?.replace(/\.js$/, '.ts') ?? '')).toBe(true);
  expect(threads).toBeGreaterThanOrEqual(1);
});

it('an engine or a precision that does not exist is refused before anything is written; empty is unset', () => {
  expect(() => localMachine({ HYPERBUDGET_ENGINE: 'abacus' })).toThrow(
    'HYPERBUDGET_ENGINE: expected native-gpu, webgpu, native-cpu, wasm, got abacus',
  );
  expect(() => localMachine({ HYPERBUDGET_PRECISION: 'half' })).toThrow(
    'HYPERBUDGET_PRECISION: expected auto, f32, bf16, f16, got half',
  );
  expect(localMachine({ HYPERBUDGET_ENGINE: '', HYPERBUDGET_PRECISION: '' }).threads).toBeGreaterThanOrEqual(1);
  expect(localMachine({ HYPERBUDGET_ENGINE: 'wasm' }).threads).toBeGreaterThanOrEqual(1);
});
