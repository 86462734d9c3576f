import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../../src/engine/engine.js';
import type { NativeBinding, TensorInfo } from '../../../src/engine/native/binding.js';
import { dataTypes } from '../../../src/engine/native/graph.js';
import { NativeSession } from '../../../src/engine/native/session.js';
import { describeNetwork } from '../../../src/network/describe.js';

const description = {
  family: 'residual',
  width: 4,
  blocks: 1,
  stages: 2,
  stem: 'small',
  resolution: 8,
  classes: 3,
} as const;
const { programs } = describeNetwork(description);
const batch = 2;
const images = Uint8Array.from({ length: batch * 8 * 8 * 3 }, (_, i) => i % 256);
const targets = new Float32Array(batch * 3).fill(0.25);
const lossScale = Float32Array.of(2);

interface FedTensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly data: Float32Array | Uint8Array;
}

/** tfjs-node's addon as a session sees it: every fetch gives 7, variables hold nothing. */
class FakeBinding implements NativeBinding {
  readonly TF_Version = '0.0.0';
  readonly tensors = new Map<number, FedTensor>();
  readonly models = new Set<number>();
  /** What was fed and fetched by each run since `forget`. */
  readonly runs: { readonly fed: Readonly<Record<string, FedTensor>>; readonly fetched: readonly string[] }[] = [];
  folder = '';
  modelWasThere = false;
  /** Called with the names of what is called; may throw. */
  before: (call: 'createTensor' | 'tensorDataSync' | 'loadSavedModel' | 'runSavedModel') => void = () => undefined;
  private next = 1;

  isUsingGpuDevice(): boolean {
    return false;
  }

  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Uint8Array): number {
    this.before('createTensor');
    return this.keep({ shape, dtype, data });
  }

  deleteTensor(id: number): void {
    if (!this.tensors.delete(id)) throw new Error(`there is no tensor ${id}`);
  }

  tensorDataSync(id: number): Float32Array {
    this.before('tensorDataSync');
    const { data } = this.tensor(id);
    return Float32Array.from(data);
  }

  loadSavedModel(directory: string, tags: string): number {
    this.folder = directory;
    this.modelWasThere = existsSync(join(directory, 'saved_model.pb')) && tags === 'serve,';
    this.before('loadSavedModel');
    this.models.add(this.next);
    return this.next++;
  }

  deleteSavedModel(id: number): void {
    if (!this.models.delete(id)) throw new Error(`there is no model ${id}`);
  }

  runSavedModel(id: number, tensors: readonly number[], inputs: string, outputs: string): readonly TensorInfo[] {
    if (!this.models.has(id)) throw new Error(`there is no model ${id}`);
    const names = inputs === '' ? [] : inputs.split(',');
    const fed = Object.fromEntries(names.map((name, index) => [name, this.tensor(tensors[index] ?? -1)]));
    expect(tensors).toHaveLength(names.length);
    const fetched = outputs.split(',');
    this.runs.push({ fed, fetched });
    this.before('runSavedModel');
    const result = { shape: [1], dtype: dataTypes.float32, data: Float32Array.of(7) };
    return fetched.map(() => ({ id: this.keep(result), shape: result.shape, dtype: result.dtype }));
  }

  /** Fails the given call, the n-th of its kind from now on. */
  fail(call: Parameters<FakeBinding['before']>[0], message: string, nth = 1): void {
    let count = 0;
    this.before = (name) => {
      if (name === call && ++count === nth) throw new Error(message);
    };
  }

  private keep(tensor: FedTensor): number {
    this.tensors.set(this.next, tensor);
    return this.next++;
  }

  private tensor(id: number): FedTensor {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) throw new Error(`there is no tensor ${id}`);
    return tensor;
  }
}

function open() {
  const binding = new FakeBinding();
  const session = new NativeSession(binding, programs, 'float32');
  binding.runs.splice(0);
  return { binding, session };
}

const step = (session: NativeSession) => session.run('accumulate', { lossScale, targets, images });

describe('a session on TensorFlow', () => {
  it('loads its graph from a folder that is gone afterwards, also where loading fails', () => {
    const { binding } = open();
    expect(binding.modelWasThere).toBe(true);
    expect(existsSync(binding.folder)).toBe(false);
    const failing = new FakeBinding();
    failing.fail('loadSavedModel', 'no such operation');
    expect(() => new NativeSession(failing, programs, 'float32')).toThrow('no such operation');
    expect(failing.folder).not.toBe('');
    expect(existsSync(failing.folder)).toBe(false);
  });

  it('starts all variables at zero', () => {
    const binding = new FakeBinding();
    new NativeSession(binding, programs, 'float32');
    const fed = binding.runs.flatMap((run) => Object.entries(run.fed));
    expect(fed.map(([name]) => name)).toEqual(programs.variables.map(({ name }) => `variable/${name}/source`));
    expect(fed.every(([, { data }]) => data.every((value) => value === 0))).toBe(true);
    expect(fed.map(([, { shape }]) => shape)).toEqual(programs.variables.map(({ shape }) => shape));
  });

  it('feeds each input by its name, with type and shape, whatever the order it is given in', async () => {
    const { binding, session } = open();
    expect(await step(session)).toEqual({ loss: Float32Array.of(7) });
    expect(binding.runs).toEqual([
      {
        fed: {
          'accumulate/input/images': { shape: [batch, 8, 8, 3], dtype: dataTypes.uint8, data: images },
          'accumulate/input/targets': { shape: [batch, 3], dtype: dataTypes.float32, data: targets },
          'accumulate/input/lossScale': { shape: [1], dtype: dataTypes.float32, data: lossScale },
        },
        fetched: ['accumulate/output/loss'],
      },
    ]);
  });

  it('feeds the parts of a batch that is large enough one beside the other, and adds up their losses', async () => {
    const binding = new FakeBinding();
    const session = new NativeSession(binding, programs, 'float32', 2);
    binding.runs.splice(0);
    const pixels = Uint8Array.from({ length: 33 * 8 * 8 * 3 }, (_, i) => i % 256);
    const rows = new Float32Array(33 * 3).fill(0.25);
    expect(await session.run('accumulate', { lossScale, targets: rows, images: pixels })).toEqual({
      loss: Float32Array.of(14),
    });
    const [run] = binding.runs;
    const cut = 16 * 8 * 8 * 3;
    expect(run?.fed).toEqual({
      'accumulate/parts/input/images/0': { shape: [16, 8, 8, 3], dtype: dataTypes.uint8, data: pixels.slice(0, cut) },
      'accumulate/parts/input/images/1': { shape: [17, 8, 8, 3], dtype: dataTypes.uint8, data: pixels.slice(cut) },
      'accumulate/parts/input/targets/0': { shape: [16, 3], dtype: dataTypes.float32, data: rows.slice(0, 48) },
      'accumulate/parts/input/targets/1': { shape: [17, 3], dtype: dataTypes.float32, data: rows.slice(48) },
      'accumulate/parts/input/lossScale': { shape: [1], dtype: dataTypes.float32, data: lossScale },
    });
    expect(run?.fetched).toEqual(['accumulate/parts/output/loss/0', 'accumulate/parts/output/loss/1']);
    expect((await session.run('evaluate', { images: pixels }))['logits']).toEqual(Float32Array.of(7, 7));
    expect(binding.tensors.size).toBe(0);
  });

  it('leaves a batch whole that is too small to train on in parts, and every run that moves averaged statistics', async () => {
    const binding = new FakeBinding();
    const recalibrate = describeNetwork(description).recalibrate();
    const otherSides = new Map([[8, { recalibrate }]]);
    const session = new NativeSession(binding, { ...programs, otherSides }, 'float32', 2);
    binding.runs.splice(0);
    await step(session);
    await session.run('evaluate', { images });
    await session.run('recalibrate.8', { images: new Uint8Array(32 * 8 * 8 * 3), rate: Float32Array.of(1) });
    expect(binding.runs.flatMap(({ fed }) => Object.keys(fed)).filter((name) => name.includes('images'))).toEqual([
      'accumulate/input/images',
      'evaluate/parts/input/images/0',
      'evaluate/parts/input/images/1',
      'recalibrate.8/input/images',
    ]);
  });

  it('keeps no tensor after a run, a read or a write', async () => {
    const { binding, session } = open();
    await step(session);
    await session.read('norms');
    session.write('norms', new Float32Array(programs.variables.find(({ name }) => name === 'norms')?.shape[0] ?? 0));
    expect(binding.runs).toHaveLength(3);
    expect(binding.tensors.size).toBe(0);
  });

  it.each(['createTensor', 'runSavedModel', 'tensorDataSync'] as const)(
    'keeps no tensor when %s fails',
    async (call) => {
      const { binding, session } = open();
      binding.fail(call, 'broken', call === 'createTensor' ? 3 : 1);
      await expect(step(session)).rejects.toThrow('broken');
      expect(binding.tensors.size).toBe(0);
    },
  );

  it('gives its graph back when its variables find no room', () => {
    const binding = new FakeBinding();
    binding.fail('createTensor', 'failed to allocate memory', 2);
    expect(() => new NativeSession(binding, programs, 'float32')).toThrow(OutOfMemoryError);
    expect({ models: binding.models.size, tensors: binding.tensors.size }).toEqual({ models: 0, tensors: 0 });
  });

  it.each([
    'OOM when allocating tensor with shape[64,64,64,32] and type float on /device:GPU:0',
    'Session fail to run with error: RESOURCE_EXHAUSTED: Resource exhausted: out of memory',
    'failed to allocate memory',
  ])('says that memory is out where TensorFlow says: %s', async (message) => {
    const { binding, session } = open();
    binding.fail('runSavedModel', message);
    const failure = step(session);
    await expect(failure).rejects.toThrow(OutOfMemoryError);
    await expect(failure).rejects.toThrow(message);
  });

  it('passes any other error on as it is', async () => {
    const { binding, session } = open();
    binding.fail('runSavedModel', 'Incompatible shapes');
    const failure = step(session);
    await expect(failure).rejects.toThrow('Incompatible shapes');
    await expect(failure).rejects.not.toThrow(OutOfMemoryError);
  });

  it('refuses to work once it is closed, and may be closed twice', async () => {
    const { binding, session } = open();
    session.dispose();
    session.dispose();
    expect(binding.models.size).toBe(0);
    await expect(step(session)).rejects.toThrow('the session is closed');
    await expect(session.read('norms')).rejects.toThrow('the session is closed');
    expect(binding.runs).toEqual([]);
  });
});
