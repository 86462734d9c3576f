import { InputError, messageOf } from '../errors.js';
import { type Precision, precisions } from '../program/precision.js';
import { choosePrecision } from './choose-precision.js';
import type { Engine, EngineChoice, UnavailableEngine } from './engine.js';
import { createWasmEngine } from './kernels/wasm.js';
import { createWebgpuEngine } from './kernels/webgpu.js';
import { nativeEngines } from './native/engine.js';
import { selfTest } from './self-test.js';
import { largeTrialStep, measureStep, type TrialStepSize } from './trial-step.js';

export interface Candidate {
  readonly name: string;
  /** Precisions worth a trial on this machine, f32 first. */
  readonly precisions: () => readonly Precision[];
  /** The training step that precisions are compared in; default: a small one. */
  readonly trialStep?: TrialStepSize;
  /** @throws Error that says in words why the engine does not run here. */
  readonly create: (precision: Precision) => Promise<Engine>;
  /** Whether it is taken only when it is faster than the next one that runs. */
  readonly hasToBeFaster?: boolean;
}

/** The engines that a process may choose from, best first; `HYPERBUDGET_WITHOUT` names those that it must not try. */
export function candidates(env: NodeJS.ProcessEnv): readonly Candidate[] {
  const leftOut = new Set((env['HYPERBUDGET_WITHOUT'] ?? '').split(','));
  const native = nativeEngines(env);
  const nativeOn = (device: 'gpu' | 'cpu'): Candidate => ({
    name: `native-${device}`,
    precisions: () => native.precisions(device),
    ...(device === 'gpu' && { trialStep: largeTrialStep }),
    create: async (precision) => native.create(device, precision),
  });
  const software = env['HYPERBUDGET_ENGINE'] === 'webgpu';
  const all: readonly Candidate[] = [
    nativeOn('gpu'),
    {
      name: 'webgpu',
      precisions: () => ['f32'],
      create: () => createWebgpuEngine({ software }),
      hasToBeFaster: true,
    },
    nativeOn('cpu'),
    { name: 'wasm', precisions: () => ['f32'], create: createWasmEngine },
  ];
  const leaveOut = () => Promise.reject(new Error('left out: a process that tried it has failed'));
  return all.map((candidate) => (leftOut.has(candidate.name) ? { ...candidate, create: leaveOut } : candidate));
}

export interface EngineRequest {
  /** Name of the one engine to try; absent: the best that runs. */
  readonly only?: string | undefined;
  /** `auto`: the fastest precision whose loss agrees with that of f32; default. */
  readonly precision?: string | undefined;
}

function parsePrecision(text: string | undefined): Precision | 'auto' {
  if (text === undefined || text === 'auto') return 'auto';
  const known = precisions.find((precision) => precision === text);
  if (known !== undefined) return known;
  throw new InputError('precision', `auto, ${precisions.join(', ')}`, text, 'auto');
}

type Started = Pick<EngineChoice, 'engine' | 'precisions'>;

async function start(candidate: Candidate, wanted: Precision | 'auto', nowSeconds: () => number): Promise<Started> {
  const possible = candidate.precisions();
  if (wanted !== 'auto' && wanted !== 'f32' && !possible.includes(wanted)) {
    throw new Error(`it does not compute in ${wanted} here`);
  }
  const create = async (precision: Precision) => {
    const engine = await candidate.create(precision);
    await selfTest(engine);
    return engine;
  };
  const measured = (size?: TrialStepSize) =>
    choosePrecision(wanted === 'auto' ? possible : [wanted], create, (each) => measureStep(each, nowSeconds, size));
  const { engine, trials } = await measured(candidate.trialStep).catch((error: unknown) => {
    // A large step may be too large for what memory there is, which a small one tells.
    if (candidate.trialStep === undefined) throw error;
    return measured();
  });
  return { engine, precisions: trials };
}

/** An engine that is taken only if it is faster than the next one that runs. */
interface Challenger extends Started {
  readonly imagesPerSecond: number;
}

/** The faster of two engines, and why the other one is not in use. */
function faster(challenger: Challenger, safe: Challenger): Started & { readonly slower: UnavailableEngine } {
  const [won, lost] = challenger.imagesPerSecond > safe.imagesPerSecond ? [challenger, safe] : [safe, challenger];
  const rates = [lost, won].map(({ imagesPerSecond }) => imagesPerSecond.toFixed(0)).join(' against ');
  const reason = `slower than ${won.engine.name}: ${rates} images/s in a small training step`;
  const { engine, precisions: tried } = won;
  return { engine, precisions: tried, slower: { name: lost.engine.name, reason } };
}

/**
 * Starts the best engine that runs a small training step rightly, and says why better ones do not.
 * @param nowSeconds a monotonic clock.
 * @param among the engines to try, best first.
 * @throws InputError when the request is unknown or does not run here; Error when no engine runs.
 */
export async function chooseEngine(
  { only, precision }: EngineRequest,
  nowSeconds: () => number,
  among: readonly Candidate[],
): Promise<EngineChoice> {
  if (only !== undefined && !among.some(({ name }) => name === only)) {
    throw new InputError('engine', among.map(({ name }) => name).join(', '), only, 'leaving the choice to the program');
  }
  const wanted = parsePrecision(precision);
  const unavailable: UnavailableEngine[] = [];
  const measured = async (started: Started): Promise<Challenger> => ({
    ...started,
    imagesPerSecond: (await measureStep(started.engine, nowSeconds)).imagesPerSecond,
  });
  let challenger: Challenger | null = null;
  for (const candidate of among) {
    if (only !== undefined && candidate.name !== only) continue;
    try {
      const started = await start(candidate, wanted, nowSeconds);
      if (candidate.hasToBeFaster && only === undefined) {
        challenger = await measured(started);
      } else if (challenger) {
        const { slower, ...choice } = faster(challenger, await measured(started));
        return { ...choice, unavailable: [...unavailable, slower] };
      } else {
        return { ...started, unavailable };
      }
    } catch (error) {
      const reason = messageOf(error);
      if (only !== undefined) {
        throw new InputError('engine', `${only} to run here`, reason, 'leaving the choice to the program', {
          cause: error,
        });
      }
      unavailable.push({ name: candidate.name, reason });
    }
  }
  if (challenger) return { ...challenger, unavailable };
  throw new Error(`no engine runs here: ${unavailable.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`);
}

/**
 * The choice of a trial process: `HYPERBUDGET_ENGINE` and `HYPERBUDGET_PRECISION` pin engine and precision.
 * @param env must not change while the engine is in use.
 */
export function engineOfProcess(env: NodeJS.ProcessEnv, nowSeconds: () => number): Promise<EngineChoice> {
  // Empty is unset, as everywhere in a shell.
  const request = {
    only: env['HYPERBUDGET_ENGINE'] || undefined,
    precision: env['HYPERBUDGET_PRECISION'] || undefined,
  };
  return chooseEngine(request, nowSeconds, candidates(env));
}
