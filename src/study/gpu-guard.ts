import type { GpuSnapshot, GpuState } from '../engine/gpu/nvidia-smi.js';
import {
  chooseGpu,
  gpuEnvironment,
  guessedOverheadBytes,
  poolBytes,
  releaseToleranceBytes,
  reservedBytes,
} from '../engine/gpu/pool.js';
import { formatMebibytes } from '../engine/gpu/size.js';
import { messageOf } from '../errors.js';
import { type Clock, endsAssignment } from '../executor/executor.js';
import type { RunningProcess } from '../executor/surroundings.js';
import type { TrialMessage } from '../trial/protocol.js';
import { GpuLedger, type GpuMemory } from './gpu-ledger.js';
import { type GpuGrant, GpuProcessWatch } from './gpu-process.js';

export interface GpuGuardOptions {
  /** What all processes of the study may hold together. */
  readonly limitBytes: number;
  readonly clock: Clock;
  /** Asks nvidia-smi. */
  readonly read: () => Promise<GpuSnapshot>;
  /** The user's CUDA_VISIBLE_DEVICES. */
  readonly visibleDevices: string | undefined;
  /** Says something in words. */
  readonly tell: (message: string) => void;
  /** Notes the memory, as often as it has changed by enough. */
  readonly note: (memory: GpuMemory) => void;
}

/** The driver takes back what a process held some time after its end. */
export const releaseTimeoutSeconds = 30;
const releaseLookSeconds = 0.25;

const secondsBetweenLooks = 1;

/**
 * Keeps a study within its GPU memory: one process at a time, each with a pool that leaves room for what lies beside it, the cap read back from
 * TensorFlow's log before anything is trained (a cap that TensorFlow does not understand it ignores), and nvidia-smi asked every second.
 */
export class GpuGuard {
  private readonly ledger: GpuLedger;
  private uuid: string | null = null;
  private offered: GpuGrant | null = null;
  /** The process that holds the GPU, or the last one while its memory is awaited. */
  private watch: GpuProcessWatch | null = null;
  private hasEnded = false;
  private hasGreeted = false;
  /**
   * What a process has taken before TensorFlow asks how much is free; null while that is not known. The least that was seen: in a larger number
   * may be what others took meanwhile.
   */
  private contextBytes: number | null = null;
  private admission: Promise<unknown> = Promise.resolve();
  private readonly said = new Set<string>();
  private cancelLook: () => void = () => undefined;

  constructor(private readonly options: GpuGuardOptions) {
    this.ledger = new GpuLedger(options.limitBytes, options.note);
  }

  /**
   * Waits until the last process's memory is free.
   * @returns the settings of the next process; null where there is no GPU, or the user has hidden it.
   * @throws NvidiaSmiError; InputError when too little memory is left, or the user's choice is not there.
   */
  admit(): Promise<Readonly<Record<string, string>> | null> {
    const settings = this.admission.then(() => this.grant());
    // One after the other; what went wrong with one is told to whoever asked for it.
    this.admission = settings.catch(() => undefined);
    return settings;
  }

  private async grant(): Promise<Readonly<Record<string, string>> | null> {
    this.offered = null;
    const stillHeldBytes = await this.awaitRelease();
    const gpu = chooseGpu((await this.options.read()).gpus, this.uuid ?? this.options.visibleDevices);
    if (gpu === null) return null;
    this.uuid = gpu.uuid;
    const { usedBytes, freeBytes, uuid } = gpu;
    const { limitBytes } = this.options;
    const pool = poolBytes({ limitBytes, overheadBytes: this.ledger.overheadBytes, freeBytes, stillHeldBytes });
    const share = { uuid, freeBytes, poolBytes: pool, contextBytes: this.contextBytes ?? 0 };
    this.offered = { uuid, usedBytes, freeBytes, poolBytes: pool, offeredBytes: freeBytes - reservedBytes(share) };
    return gpuEnvironment(share);
  }

  /** Bytes that the last process still holds when the patience is over; 0 once all is free. */
  private async awaitRelease(): Promise<number> {
    const { clock, read } = this.options;
    const until = clock.nowSeconds() + releaseTimeoutSeconds;
    for (;;) {
      const { watch } = this;
      if (watch === null) return 0;
      const { gpus, processes } = await read();
      const left = watch.leftBytes(this.find(gpus), processes);
      const isFree = this.hasEnded && left <= releaseToleranceBytes;
      if (isFree || clock.nowSeconds() >= until) {
        this.watch = null;
        if (isFree) return 0;
        this.options.tell(
          `${formatMebibytes(left)} of GPU memory were not free ${releaseTimeoutSeconds} s after the last trial process: the next one does without`,
        );
        return left;
      }
      await new Promise<void>((resolve) => clock.at(clock.nowSeconds() + releaseLookSeconds, resolve));
    }
  }

  private find(gpus: readonly GpuState[]): GpuState {
    const gpu = gpus.find(({ uuid }) => uuid === this.uuid);
    if (!gpu) throw new Error(`the GPU ${this.uuid} is gone`);
    return gpu;
  }

  started(process: RunningProcess): void {
    if (this.offered === null) return;
    this.watch = new GpuProcessWatch(process, this.offered);
    this.offered = null;
    this.hasEnded = false;
    this.hasGreeted = false;
    this.lookLater();
  }

  heard(process: RunningProcess, message: TrialMessage): void {
    const { watch, ledger } = this;
    if (watch?.process !== process) return;
    if (message.type === 'hello') {
      this.greet(watch, message);
    } else if (message.type === 'memory-estimate') {
      ledger.estimated(message.bytes);
    } else if (endsAssignment(message)) {
      ledger.write(true);
    }
  }

  private greet(watch: GpuProcessWatch, { engine, exclusive }: Extract<TrialMessage, { type: 'hello' }>): void {
    if (!exclusive) {
      this.cancelLook();
      this.watch = null;
      return;
    }
    this.hasGreeted = true;
    let { poolBytes: pool } = watch.grant;
    if (engine === 'native-gpu') {
      const granted = this.requireCap(watch);
      if (granted === null) return;
      pool = granted;
      const limit = formatMebibytes(this.options.limitBytes);
      this.sayOnce(`GPU memory: TensorFlow's pool may grow to ${formatMebibytes(pool)}, the whole study to ${limit}`);
    }
    this.ledger.pool(pool);
    this.ledger.write(true);
  }

  /**
   * What TensorFlow's pool may grow to; null where the process was stopped because the limit is not safe from it. A pool larger than asked for is
   * let be within the limit: what earlier processes held may have come free before TensorFlow asked.
   */
  private requireCap(watch: GpuProcessWatch): number | null {
    this.readLog(watch);
    const { grantedBytes: granted, grant } = watch;
    const { limitBytes } = this.options;
    const { overheadBytes } = this.ledger;
    if (granted !== null) {
      const taken = Math.max(0, grant.offeredBytes - granted);
      this.contextBytes = Math.min(this.contextBytes ?? taken, taken);
      if (granted + overheadBytes <= limitBytes) return granted;
    }
    const got =
      granted === null
        ? 'its log does not say how much'
        : `as much as ${formatMebibytes(granted)}; with ${formatMebibytes(overheadBytes)} beside that it is more than the ${formatMebibytes(limitBytes)} of the study`;
    watch.process.stop(
      'error',
      `the cap on GPU memory did not take: TensorFlow was told to take ${formatMebibytes(grant.poolBytes)} at most and takes ${got}; HYPERBUDGET_ENGINE=native-cpu does without the GPU`,
    );
    return null;
  }

  ended(process: RunningProcess): void {
    const { watch } = this;
    if (watch?.process !== process) return;
    this.hasEnded = true;
    this.cancelLook();
    if (!this.hasGreeted) return;
    this.readLog(watch);
    this.ledger.allocated(watch.allocatedBytes);
    this.ledger.write(true);
  }

  /** Whoever calls cannot do anything about a log that is gone. */
  private readLog(watch: GpuProcessWatch): void {
    try {
      watch.readLog();
    } catch (error) {
      this.sayOnce(`GPU memory is not watched: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.cancelLook();
    this.watch = null;
  }

  private lookLater(): void {
    const { clock } = this.options;
    this.cancelLook();
    this.cancelLook = clock.at(clock.nowSeconds() + secondsBetweenLooks, () => void this.look());
  }

  private async look(): Promise<void> {
    const { watch } = this;
    if (watch === null) return;
    const isOver = () => this.watch !== watch || this.hasEnded;
    try {
      watch.readLog();
      const { allocatedBytes } = watch;
      const { gpus, processes } = await this.options.read();
      if (isOver()) return;
      watch.readLog();
      const heldBytes = watch.heldBytes(this.find(gpus), processes);
      // A pool that grew between the two looks would be taken for what lies beside it; a process that holds less than its pool has just ended.
      const isSteady = allocatedBytes > 0 && allocatedBytes === watch.allocatedBytes && heldBytes > allocatedBytes;
      if (this.hasGreeted && isSteady) {
        // Where the number is not the process's own, others' memory may be in it.
        const most = watch.isListed ? heldBytes : guessedOverheadBytes;
        this.ledger.overhead(Math.min(most, heldBytes - allocatedBytes));
      }
      this.judge(watch, heldBytes);
    } catch (error) {
      // Of a process that is gone nothing has to be watched, and the study may be over with it.
      if (!isOver()) this.sayOnce(`GPU memory is not watched: ${messageOf(error)}`);
    }
    if (!isOver()) this.lookLater();
  }

  private judge(watch: GpuProcessWatch, heldBytes: number): void {
    const { limitBytes } = this.options;
    this.ledger.held(heldBytes);
    this.ledger.allocated(watch.allocatedBytes);
    if (this.hasGreeted) this.ledger.write(false);
    if (heldBytes <= limitBytes) return;
    const message = `it held ${formatMebibytes(heldBytes)} of GPU memory, more than the ${formatMebibytes(limitBytes)} of the study`;
    if (watch.isListed) watch.process.stop('out-of-memory', message);
    else this.sayOnce(`GPU memory: ${message}, or another program began to use the GPU`);
  }

  private sayOnce(message: string): void {
    if (this.said.has(message)) return;
    this.said.add(message);
    this.options.tell(message);
  }
}
