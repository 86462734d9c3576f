import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  candidates,
  chooseEngine,
  type EngineRequest,
  engineOfProcess,
} from '../../src/engine/choose.js';
import { type Engine, OutOfMemoryError, type Session } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { engineNames } from '../../src/engine/names.js';
import { largeTrialStep } from '../../src/engine/trial-step.js';
import { InputError } from '../../src/errors.js';

const f32 = () => ['f32'] as const;
const absent: Candidate = {
  name: 'absent',
  precisions: f32,
  create: () => Promise.reject<Engine>(new Error('not installed')),
};
const wasm: Candidate = { name: 'wasm', precisions: f32, create: createWasmEngine };
const wrong: Candidate = {
  name: 'wrong',
  precisions: f32,
  create: async () => ({
    name: 'wrong',
    description: 'a test engine',
    precision: 'f32',
    parallel: false,
    exclusive: false,
    load: async () => ({
      run: async () => ({ y: Float32Array.of(1, 2, 3, 4) }),
      read: async () => new Float32Array(4),
      write: () => {},
      dispose: () => {},
    }),
  }),
};

/** wasm under another name, each of whose measured steps seems to take so many seconds. */
function challenger(name: string): Candidate {
  return {
    name,
    precisions: f32,
    hasToBeFaster: true,
    create: async () => ({ ...(await createWasmEngine()), name }),
  };
}

/** A clock that moves by the next of `steps` whenever it is read, the last one for ever. */
function clock(...steps: number[]): () => number {
  let now = 0;
  return () => {
    now += (steps.length > 1 ? steps.shift() : steps[0]) ?? 1;
    return now;
  };
}

const choose = (request: EngineRequest, among: readonly Candidate[], now = clock(1)) =>
  chooseEngine(request, now, among);

describe('the choice of an engine', () => {
  it('takes the first engine that computes rightly and says why better ones do not', async () => {
    const { engine, unavailable } = await choose({}, [absent, wrong, wasm]);
    expect(engine.name).toBe('wasm');
    expect(unavailable).toEqual([
      { name: 'absent', reason: 'not installed' },
      { name: 'wrong', reason: 'it computes a convolution wrongly: y is 1 2 3 4, not 12 16 24 28' },
    ]);
  });

  it('never falls back from the one that was asked for', async () => {
    const asked = choose({ only: 'absent' }, [absent, wasm]);
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow('expected absent to run here, got not installed');
  });

  it('wasm always runs when asked for, in f32', async () => {
    const { engine, unavailable, precisions } = await choose({ only: 'wasm' }, candidates({}));
    expect(engine).toMatchObject({ name: 'wasm', exclusive: false, precision: 'f32' });
    expect([unavailable, precisions]).toEqual([[], []]);
  });

  it('an unknown name is an error that lists the known ones, best first', async () => {
    await expect(choose({ only: 'cuda' }, candidates({}))).rejects.toThrow(
      /expected native-gpu, .*native-cpu, wasm, got cuda/,
    );
  });

  it('there are as many as a user may name', () => {
    expect(candidates({}).map(({ name }) => name)).toEqual([...engineNames]);
  });

  it('when nothing runs the reasons are told', async () => {
    await expect(choose({}, [absent])).rejects.toThrow('no engine runs here: absent: not installed');
  });

  it('a precision that an engine does not have makes it unavailable', async () => {
    await expect(choose({ precision: 'bf16' }, [wasm])).rejects.toThrow('wasm: it does not compute in bf16 here');
    await expect(choose({ precision: 'half' }, [wasm])).rejects.toThrow('expected auto, f32, bf16, f16, got half');
  });

  it('an engine that has to be faster is taken when it is', async () => {
    const { engine, unavailable } = await choose({}, [challenger('fast'), wasm], clock(0, 1, 0, 50));
    expect(engine.name).toBe('fast');
    expect(unavailable[0]).toMatchObject({ name: 'wasm' });
  });

  it('an engine that has to be faster is left alone when it is not, with both figures', async () => {
    const { engine, unavailable } = await choose({}, [challenger('slow'), wasm], clock(0, 50, 0, 1));
    expect(engine.name).toBe('wasm');
    expect(unavailable).toEqual([
      { name: 'slow', reason: expect.stringMatching(/^slower than wasm: \d+ against \d+ images\/s/) },
    ]);
  });

  it('an engine that fails while it is measured is told, and the next one taken', async () => {
    const failing: Candidate = {
      ...challenger('lost'),
      create: async () => {
        const engine = await createWasmEngine();
        let loads = 0;
        return {
          ...engine,
          name: 'lost',
          load: async (programs) => {
            loads += 1;
            // The self-test passes.
            if (loads > 1) throw new Error('the device is gone');
            return engine.load(programs);
          },
        };
      },
    };
    const { engine, unavailable } = await choose({}, [failing, wasm]);
    expect(engine.name).toBe('wasm');
    expect(unavailable).toEqual([{ name: 'lost', reason: 'the device is gone' }]);
  });

  it('an empty variable of the environment pins nothing', async () => {
    const env = {
      HYPERBUDGET_ENGINE: '',
      HYPERBUDGET_PRECISION: '',
      HYPERBUDGET_WITHOUT: 'native-gpu,webgpu,native-cpu',
    };
    const { engine } = await engineOfProcess(env, clock(1));
    expect(engine).toMatchObject({ name: 'wasm', precision: 'f32' });
  });

  it('engines that the environment leaves out are not tried', async () => {
    const without = candidates({ HYPERBUDGET_WITHOUT: 'native-gpu,webgpu,native-cpu' });
    const { engine, unavailable } = await choose({}, without);
    expect(engine.name).toBe('wasm');
    expect(unavailable.map(({ name }) => name)).toEqual(['native-gpu', 'webgpu', 'native-cpu']);
    expect(new Set(unavailable.map(({ reason }) => reason))).toEqual(
      new Set(['left out: a process that tried it has failed']),
    );
  });

  it('precisions are compared in the training step that the engine asks for, on a graphics card one that fills it', async () => {
    const fed: number[] = [];
    const watched: Candidate = {
      name: 'watched',
      precisions: () => ['f32', 'f16'],
      trialStep: { batchSize: 4, side: 8, width: 4, steps: 4, seconds: 0 },
      create: async (precision) => {
        const engine = await createWasmEngine();
        const load: Engine['load'] = async (programs) => {
          const session = await engine.load(programs);
          const run: Session['run'] = (program, feeds) => {
            if (feeds['targets'] !== undefined) fed.push(feeds['images']?.length ?? 0);
            return session.run(program, feeds);
          };
          const read: Session['read'] = (name) => session.read(name);
          const write: Session['write'] = (name, values) => session.write(name, values);
          return { run, read, write, dispose: () => session.dispose() };
        };
        return { ...engine, name: 'watched', precision, load };
      },
    };
    const { precisions } = await choose({}, [watched, wasm]);
    expect(precisions.map(({ precision }) => precision)).toEqual(['f32', 'f16']);
    expect(new Set(fed)).toEqual(new Set([4 * 8 * 8 * 3]));
    const steps = new Map(candidates({}).map(({ name, trialStep }) => [name, trialStep]));
    expect(steps.get('native-gpu')).toBe(largeTrialStep);
    expect(steps.get('native-cpu')).toBeUndefined();
  });

  it('a training step that is too large for the engine is replaced by a small one', async () => {
    const small: Candidate = {
      name: 'small',
      precisions: () => ['f32', 'f16'],
      trialStep: { batchSize: 4, side: 40, width: 4, steps: 4, seconds: 0 },
      create: async (precision) => {
        const engine = await createWasmEngine();
        const load: Engine['load'] = async (programs) => {
          const side = programs.accumulate.inputs['images']?.shape[1] ?? 0;
          if (side > 32) throw new OutOfMemoryError('no room');
          return engine.load(programs);
        };
        return { ...engine, name: 'small', precision, load };
      },
    };
    const { engine, unavailable, precisions } = await choose({}, [small, wasm]);
    expect([engine.name, unavailable]).toEqual(['small', []]);
    expect(precisions.map(({ problem }) => problem)).toEqual([null, null]);
  });

  it('an engine that has to be faster needs no rival when it was asked for', async () => {
    const { engine } = await choose({ only: 'slow' }, [challenger('slow'), wasm]);
    expect(engine.name).toBe('slow');
  });
});
