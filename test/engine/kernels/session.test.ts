import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, OutOfMemoryError, type Session } from '../../../src/engine/engine.js';
import { KernelSession, type Kernels } from '../../../src/engine/kernels/session.js';
import { createWasmEngine, startWasm } from '../../../src/engine/kernels/wasm.js';
import { describeNetwork } from '../../../src/network/describe.js';
import { evaluateProgram } from '../../program/reference.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createWasmEngine();
});

const batch = 6;
const side = 8;
const plan = describeNetwork({
  family: 'residual',
  width: 4,
  blocks: 1,
  stages: 2,
  stem: 'small',
  resolution: side,
  classes: 3,
});
const images = Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => (i * 7919) % 256);
const targets = Float32Array.from({ length: batch * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
const lossScale = Float32Array.of(1);
const rates = {
  learningRate: Float32Array.of(0.05),
  momentum: Float32Array.of(0.9),
  weightDecay: Float32Array.of(5e-4),
  gradientScale: Float32Array.of(1 / batch),
  averageRate: Float32Array.of(0.1),
};

async function start(programs = plan.programs): Promise<Session> {
  const session = await engine.load(programs);
  for (const [name, values] of plan.initialValues('seed')) session.write(name, values);
  return session;
}

async function step(session: Session): Promise<number> {
  const { loss } = await session.run('accumulate', { images, targets, lossScale });
  await session.run('apply', rates);
  return (loss?.[0] ?? Number.NaN) / batch;
}

describe('a session on wasm', () => {
  it('the first losses and weights of a training are the reference evaluator’s', async () => {
    const session = await start();
    const variables = new Map(
      [...plan.initialValues('seed')].map(([name, values]) => [name, Float64Array.from(values)]),
    );
    for (let i = 0; i < 3; i += 1) {
      const loss = await step(session);
      const { loss: expected } = evaluateProgram(plan.programs.accumulate, { images, targets, lossScale }, variables);
      evaluateProgram(plan.programs.apply, rates, variables);
      expect(loss).toBeCloseTo((expected?.[0] ?? Number.NaN) / batch, 4);
    }
    for (const [name, expected] of variables) {
      const values = await session.read(name);
      const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
      const worst = expected.reduce((w, value, i) => Math.max(w, Math.abs(value - (values[i] ?? Number.NaN))), 0);
      expect(worst / scale, name).toBeLessThan(2e-3);
    }
    session.dispose();
  });

  it('a gradient that is not finite changes nothing but the gradients', async () => {
    const session = await start();
    await step(session);
    const kept = plan.programs.variables.map(({ name }) => name).filter((name) => !name.endsWith('.gradient'));
    const before = await Promise.all(kept.map((name) => session.read(name)));
    const gradient = await session.read('weights.gradient');
    gradient[3] = Number.POSITIVE_INFINITY;
    session.write('weights.gradient', gradient);
    expect((await session.run('apply', rates))['finite']).toEqual(Float32Array.of(0));
    expect(await Promise.all(kept.map((name) => session.read(name)))).toEqual(before);
    for (const name of plan.programs.gradients) {
      expect((await session.read(name)).every((value) => value === 0)).toBe(true);
    }
    session.dispose();
  });

  it('steps that compute activations again are the steps that keep them', async () => {
    const steps = [...plan.steps()];
    expect(steps.length).toBe(3);
    const sessions = await Promise.all(steps.map(({ programs }) => start(programs)));
    for (let i = 0; i < 3; i += 1) {
      const [loss, ...others] = await Promise.all(sessions.map(step));
      for (const other of others) expect(other).toBeCloseTo(loss ?? Number.NaN, 5);
    }
    for (const { name } of plan.programs.variables) {
      const [kept, ...others] = await Promise.all(sessions.map((session) => session.read(name)));
      const scale = kept?.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6) ?? 1;
      for (const values of others) {
        const worst = values.reduce((w, value, i) => Math.max(w, Math.abs(value - (kept?.[i] ?? Number.NaN))), 0);
        expect(worst / scale, name).toBeLessThan(1e-5);
      }
    }
    for (const session of sessions) session.dispose();
  });

  it('thirty steps on one batch lower its loss', async () => {
    const session = await start();
    const first = await step(session);
    let last = first;
    for (let i = 1; i < 30; i += 1) last = await step(session);
    expect(last).toBeLessThan(0.7 * first);
    session.dispose();
  });

  it('a thousand runs leave no tensor and take no more memory', async () => {
    const { heap } = await startWasm();
    const session = await start();
    await step(session);
    const [tensors, floats] = [memory().numTensors, heap.floats().length];
    for (let i = 0; i < 500; i += 1) await step(session);
    expect(memory().numTensors).toBe(tensors);
    expect(heap.floats()).toHaveLength(floats);
    session.dispose();
  });

  it('a failing run leaves no tensor', async () => {
    const session = await start();
    const tensors = memory().numTensors;
    await expect(session.run('apply', { ...rates, momentum: new Float32Array(2) })).rejects.toThrow(
      'input momentum: expected [1], got 2 values',
    );
    await expect(session.run('accumulate', { images, lossScale })).rejects.toThrow('input targets: nothing fed');
    await expect(session.run('accumulate', { images, targets: targets.subarray(3), lossScale })).rejects.toThrow(
      'a batch of 6, got 5',
    );
    await expect(session.run('evaluate', { images, targets })).rejects.toThrow('it has no input targets');
    await expect(session.run('evaluate', { images: Float32Array.from(images) })).rejects.toThrow('expected uint8');
    expect(memory().numTensors).toBe(tensors);
    session.dispose();
  });

  it('the batch is free from run to run', async () => {
    const session = await start();
    const all = (await session.run('evaluate', { images }))['logits'];
    const one = (await session.run('evaluate', { images: images.subarray(0, side * side * 3) }))['logits'];
    expect(all).toHaveLength(batch * 3);
    one?.forEach((value, i) => {
      expect(value).toBeCloseTo(all?.[i] ?? Number.NaN, 5);
    });
    session.dispose();
  });

  it('what is written is read, whatever happens to the written array later', async () => {
    const session = await start();
    const values = (await session.read('norms')).map((_, i) => i);
    session.write('norms', values);
    values.fill(-1);
    expect((await session.read('norms'))[2]).toBe(2);
    expect(() => session.write('norms', new Float32Array(1))).toThrow('values, got 1');
    await expect(session.read('nothing')).rejects.toThrow('no variable nothing');
    session.dispose();
  });
});

describe('a device that tells of failures later', () => {
  /** WebAssembly's kernels on which convolutions fail, on a device that has noted a fault by then. */
  async function failing(failure: Error | null, fault: Error | null) {
    let noted = fault;
    const asked: boolean[] = [];
    const wasm = await startWasm();
    const kernels: Kernels = {
      backend: 'wasm',
      compute: (operation, inputs) => {
        if (failure !== null && operation.kind === 'conv2d') throw failure;
        return wasm.compute(operation, inputs);
      },
      settle: async (failed) => {
        asked.push(failed);
        const known = noted;
        noted = null;
        if (known !== null) throw known;
      },
    };
    const session = new KernelSession(plan.programs, kernels);
    const run = async () => {
      try {
        return await session.run('evaluate', { images });
      } finally {
        session.dispose();
      }
    };
    return { run, asked, left: () => noted };
  }

  it('says of a failed run what the device has noted, and leaves nothing to the next session', async () => {
    const failure = new TypeError('cannot read the buffer');
    const { run, asked, left } = await failing(failure, new Error('webgpu: the usage is wrong'));
    await expect(run()).rejects.toMatchObject({
      message: 'program evaluate: webgpu: the usage is wrong',
      cause: failure,
    });
    expect({ asked, left: left() }).toEqual({ asked: [true], left: null });
  });

  it('calls a failed run out of memory where the device has noted that', async () => {
    const { run, left } = await failing(new TypeError('no buffer'), new OutOfMemoryError('webgpu: too large'));
    await expect(run()).rejects.toThrow(OutOfMemoryError);
    expect(left()).toBeNull();
  });

  it('calls a failed run out of memory where the exception says so, whatever else was noted', async () => {
    const { run } = await failing(new RangeError('Array buffer allocation failed'), new Error('webgpu: no buffer'));
    await expect(run()).rejects.toThrow(OutOfMemoryError);
  });

  it('passes an exception on as it is where the device has nothing to tell', async () => {
    const failure = new TypeError('cannot read the buffer');
    const { run } = await failing(failure, null);
    await expect(run()).rejects.toBe(failure);
  });

  it('fails a run without an exception by what was noted', async () => {
    const fault = new Error('webgpu: the usage is wrong');
    const { run, asked } = await failing(null, fault);
    await expect(run()).rejects.toBe(fault);
    expect(asked).toEqual([false, true]);
    expect(await (await failing(null, null)).run()).toHaveProperty('logits');
  });
});
