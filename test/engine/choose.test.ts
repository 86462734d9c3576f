import { describe, expect, it } from 'vitest';
import { chooseEngine } from '../../src/engine/choose.js';
import type { Engine } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { InputError } from '../../src/errors.js';

const absent = { name: 'absent', create: () => Promise.reject<Engine>(new Error('not installed')) };
const wasm = { name: 'wasm', create: createWasmEngine };
const wrong = {
  name: 'wrong',
  create: async (): Promise<Engine> => ({
    name: 'wrong',
    description: 'a test engine',
    precision: 'f32',
    parallel: false,
    exclusive: false,
    load: async () => ({
      run: async () => ({ y: Float32Array.of(1, 2, 3, 4) }),
      read: () => new Float32Array(4),
      write: () => {},
      dispose: () => {},
    }),
  }),
};

describe('the choice of an engine', () => {
  it('takes the first engine that computes rightly and says why better ones do not', async () => {
    const { engine, unavailable } = await chooseEngine(undefined, [absent, wrong, wasm]);
    expect(engine.name).toBe('wasm');
    expect(unavailable).toEqual([
      { name: 'absent', reason: 'not installed' },
      { name: 'wrong', reason: 'it computes a convolution wrongly: y is 1 2 3 4, not 12 16 24 28' },
    ]);
  });

  it('never falls back from the one that was asked for', async () => {
    await expect(chooseEngine('absent', [absent, wasm])).rejects.toThrow(InputError);
    await expect(chooseEngine('absent', [absent, wasm])).rejects.toThrow(
      'expected absent to run here, got not installed',
    );
  });

  it('wasm always runs when asked for', async () => {
    const { engine, unavailable } = await chooseEngine('wasm');
    expect(engine).toMatchObject({ name: 'wasm', exclusive: false });
    expect(unavailable).toEqual([]);
  });

  it('an unknown name is an error that lists the known ones', async () => {
    await expect(chooseEngine('cuda')).rejects.toThrow('wasm, got cuda');
  });

  it('when nothing runs the reasons are told', async () => {
    await expect(chooseEngine(undefined, [absent])).rejects.toThrow('no engine runs here: absent: not installed');
  });
});
