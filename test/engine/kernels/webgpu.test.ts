import { backend, memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { type Engine, OutOfMemoryError } from '../../../src/engine/engine.js';
import { createWasmEngine } from '../../../src/engine/kernels/wasm.js';
import { createWebgpuEngine } from '../../../src/engine/kernels/webgpu.js';
import { isSoftware } from '../../../src/engine/kernels/webgpu-device.js';
import { measureStep } from '../../../src/engine/trial-step.js';
import type { Tensor } from '../../program/tensor.js';
import { engineContract, smallNetwork } from '../contract.js';
import { programOver, runAlone } from '../programs.js';
import { anyWebgpuEngine } from './software-adapter.js';

// A software adapter takes half a second for a step of training, and many times that where other tests want its cores.
vi.setConfig({ testTimeout: 600_000 });

/** Asked for by name, the engine must run, and for longer. */
const required = (process.env['HYPERBUDGET_TEST_ENGINES'] ?? '').split(',').includes('webgpu');

interface Inside {
  readonly device: { createBuffer(descriptor: { readonly size: number; readonly usage: number }): unknown };
  readonly info: Parameters<typeof isSoftware>[0];
}

const inside = () => backend() as unknown as Inside;

/** The number of bytes that tfjs has taken from the device. */
function allocated(): number {
  return (memory() as unknown as { readonly numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;
}

/** The sums of all pairs of two vectors of `size` zeros. */
function pairs(size: number) {
  const vector = (shape: readonly number[]): Tensor => ({ shape, values: new Float64Array(size) });
  return programOver([vector([size, 1]), vector([1, size])], (builder, [a, b]) => {
    if (a === undefined || b === undefined) throw new Error('too few inputs');
    return [builder.one({ kind: 'reduceSum', axes: [0, 1] }, [builder.one({ kind: 'add' }, [a, b])])];
  });
}

function ownTests(engine: Engine): void {
  const tiny = { batchSize: 4, side: 4, width: 4, steps: 4, seconds: 0 };
  const now = () => performance.now() / 1000;
  const sumOfPairs = async () => (await runAlone(engine, pairs(4).program, pairs(4).feeds))['y0'];

  it('does not run on a software adapter unless that is asked for', async () => {
    expect((await sumOfPairs())?.[0]).toBe(0);
    const refused = createWebgpuEngine({ software: false }).then(
      () => false,
      (error: Error) => error.message.startsWith('only a software adapter: '),
    );
    expect(await refused).toBe(isSoftware(inside().info));
  });

  it('is for one process at a time, which it serves with all the threads it has', () => {
    expect(engine).toMatchObject({ name: 'webgpu', precision: 'f32', exclusive: true, parallel: true });
  });

  it('a tensor that is too large for the device is missing memory, and the next session works', async () => {
    const { program, feeds } = pairs(60_000);
    await expect(runAlone(engine, program, feeds)).rejects.toThrow(OutOfMemoryError);
    expect((await sumOfPairs())?.[0]).toBe(0);
  });

  it('what the device tells by an event fails the run, and only that one', async () => {
    await sumOfPairs();
    const everyUsage = 0xffff;
    inside().device.createBuffer({ size: 16, usage: everyUsage });
    await expect(sumOfPairs()).rejects.toThrow(/^webgpu: .*usage/is);
    expect((await sumOfPairs())?.[0]).toBe(0);
  });

  it('training takes no more tensors and no more memory from step to step, and a session leaves none behind', async () => {
    const seen: [number, number][] = [];
    const watching: Engine = {
      ...engine,
      load: async (programs) => {
        const session = await engine.load(programs);
        const run: typeof session.run = async (name, feeds) => {
          const results = await session.run(name, feeds);
          if (name === 'accumulate') seen.push([memory().numTensors, allocated()]);
          return results;
        };
        return {
          run,
          read: (name) => session.read(name),
          write: (name, values) => session.write(name, values),
          dispose: () => session.dispose(),
        };
      },
    };
    await sumOfPairs();
    const before = [memory().numTensors, allocated()];
    await measureStep(watching, now, { ...tiny, steps: 8 });
    const [first, last] = [seen[3], seen.at(-1)];
    expect(last?.[0]).toBe(first?.[0]);
    expect(last?.[1]).toBeLessThanOrEqual(first?.[1] ?? 0);
    expect([memory().numTensors, allocated()]).toEqual(before);
  });

  it('shares a process with WebAssembly: each session computes on its own backend', async () => {
    const alone = await measureStep(engine, now, tiny);
    const session = await engine.load(smallNetwork.programs);
    const { loss } = await measureStep(await createWasmEngine(), now, tiny);
    expect(loss).toBeCloseTo(alone.loss, 4);
    session.write('norms', (await session.read('norms')).fill(3));
    expect((await session.read('norms')).every((value) => value === 3)).toBe(true);
    session.dispose();
    expect((await measureStep(engine, now, tiny)).loss).toBe(alone.loss);
  });

  it('reads a variable as it was when it was asked for', async () => {
    const session = await engine.load(smallNetwork.programs);
    session.write('norms', (await session.read('norms')).fill(1));
    const asked = session.read('norms');
    session.write(
      'norms',
      (await asked).map(() => 2),
    );
    const again = session.read('norms');
    session.write(
      'norms',
      (await asked).map(() => 3),
    );
    expect([(await asked)[0], (await again)[0], (await session.read('norms'))[0]]).toEqual([1, 2, 3]);
    session.dispose();
  });
}

const engine = await anyWebgpuEngine();

describe('the engine webgpu', () => {
  if (typeof engine === 'string') {
    it(`is not run here: ${engine}`, () => {
      expect(required).toBe(false);
    });
  } else {
    ownTests(engine);
    engineContract(async () => engine, { convolutions: 10, steps: required ? 50 : 9, deterministic: true });
  }
});
