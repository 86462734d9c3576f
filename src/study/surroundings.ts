import { hasNvidiaDevice } from '../engine/gpu/device.js';
import { type GpuSnapshot, NvidiaSmiError, readGpus } from '../engine/gpu/nvidia-smi.js';
import { hiddenGpuEnvironment } from '../engine/gpu/pool.js';
import { messageOf } from '../errors.js';
import type { Clock } from '../executor/executor.js';
import type { RunningProcess, Surroundings } from '../executor/surroundings.js';
import type { StudyState } from '../state/types.js';
import type { Assignment, TrialMessage } from '../trial/protocol.js';
import { processEnvironment } from './environment.js';
import { GpuGuard } from './gpu-guard.js';
import type { GpuMemory } from './gpu-ledger.js';

export interface StudySurroundingsOptions {
  /** The environment of this process, with what the user has asked for. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Cores that all processes of the study may use together. */
  readonly cores: number;
  /** GPU memory that all processes may hold together. */
  readonly gpuMemoryBytes: number;
  /** The engine that the probe has found; null before. */
  readonly engine: () => StudyState['engine'];
  readonly tell: (message: string) => void;
  readonly note: (memory: GpuMemory) => void;
  /** Asks for the GPUs; default: nvidia-smi. */
  readonly readGpus?: () => Promise<GpuSnapshot>;
}

function forNativeGpu(error: unknown): unknown {
  if (!(error instanceof NvidiaSmiError)) return error;
  return new Error(`native-gpu needs nvidia-smi to keep within the GPU memory: ${error.message}`, { cause: error });
}

/** What a study's trial processes find around them: threads of their own, the engine that the probe has found, and a GPU that they share in turn. */
export class StudySurroundings implements Surroundings {
  private readonly guard: GpuGuard;
  private readonly told = new Set<string>();
  private leftOut: readonly string[] = [];
  private held: Promise<void> = Promise.resolve();

  constructor(private readonly options: StudySurroundingsOptions) {
    const { env, gpuMemoryBytes, clock, tell, note } = options;
    this.guard = new GpuGuard({
      limitBytes: gpuMemoryBytes,
      clock,
      read: options.readGpus ?? (() => readGpus(env)),
      visibleDevices: env['CUDA_VISIBLE_DEVICES'],
      tell,
      note,
    });
  }

  /** From the next process on these engines are not tried: a process that tried them has failed. */
  leaveOut(engines: readonly string[]): void {
    this.leftOut = engines;
  }

  /** No process is started before this has ended. */
  hold(until: Promise<void>): void {
    this.held = Promise.all([this.held, until]).then(() => undefined);
  }

  async admit(assignment: Assignment): Promise<NodeJS.ProcessEnv> {
    await this.held;
    const pins = this.pinsOf(assignment);
    const gpu = await this.gpuSettings(pins);
    const { env } = this.options;
    const base = this.leftOut.length > 0 ? { ...env, HYPERBUDGET_WITHOUT: this.leftOut.join(',') } : env;
    return processEnvironment({ base, threads: assignment.threads, cores: this.options.cores, pins, gpu });
  }

  shares(assignment: Assignment): boolean {
    return this.pinsOf(assignment)?.exclusive === false;
  }

  /** A probe looks for the engine, also in a study that had found one before it was interrupted. */
  private pinsOf({ type }: Assignment): StudyState['engine'] {
    return type === 'probe' ? null : this.options.engine();
  }

  private async gpuSettings(pins: StudyState['engine']): Promise<Readonly<Record<string, string>>> {
    const hidden = hiddenGpuEnvironment(this.options.gpuMemoryBytes);
    if ((pins && !pins.exclusive) || this.leftOut.includes('native-gpu')) return hidden;
    const engine = pins?.engine ?? this.options.env['HYPERBUDGET_ENGINE'];
    try {
      const settings = await this.guard.admit();
      if (settings) return settings;
      if (engine === 'native-gpu') throw new Error('there is no NVIDIA GPU, or CUDA_VISIBLE_DEVICES hides it');
    } catch (error) {
      // Without the numbers nobody could hold TensorFlow to its share: other engines do without the GPU.
      if (engine === 'native-gpu') throw forNativeGpu(error);
      const isMissing = error instanceof NvidiaSmiError && error.kind === 'absent' && !hasNvidiaDevice();
      if (!isMissing) this.tellOnce(`the NVIDIA GPU is not used: ${messageOf(error)}`);
    }
    return hidden;
  }

  private tellOnce(message: string): void {
    if (this.told.has(message)) return;
    this.told.add(message);
    this.options.tell(message);
  }

  started(process: RunningProcess): void {
    this.guard.started(process);
  }

  heard(process: RunningProcess, message: TrialMessage): void {
    this.guard.heard(process, message);
  }

  ended(process: RunningProcess): void {
    this.guard.ended(process);
  }

  close(): void {
    this.guard.close();
  }
}
