import { closeSync, openSync, readSync } from 'node:fs';
import type { GpuProcess, GpuState } from '../engine/gpu/nvidia-smi.js';
import { TensorFlowLog } from '../engine/gpu/tensorflow-log.js';
import type { RunningProcess } from '../executor/surroundings.js';

/** What a process on the GPU was given, and how the GPU stood before it. */
export interface GpuGrant {
  readonly uuid: string;
  readonly poolBytes: number;
  /** Free less reserved: what the pool would be if the process took nothing before TensorFlow asks. */
  readonly offeredBytes: number;
  /** Used and free on the whole GPU before the process started. */
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** Pieces in which a log is read. */
const pieceBytes = 2 ** 16;

/** What one process was given and what it holds: its own log and nvidia-smi's numbers side by side. */
export class GpuProcessWatch {
  private readonly log = new TensorFlowLog();
  private position: number;
  private listed = false;
  private wasThere = false;

  constructor(
    readonly process: RunningProcess,
    readonly grant: GpuGrant,
  ) {
    this.position = process.logOffset;
  }

  /** Whether the last number of `heldBytes` was nvidia-smi's for this process: in a container it may know it by another number, or not tell sizes. */
  get isListed(): boolean {
    return this.listed;
  }

  /** Most that TensorFlow's pool may hold; null while the log does not say. */
  get grantedBytes(): number | null {
    return this.log.grantedBytes;
  }

  /** How large the pool has become; 0 while the log does not say. */
  get allocatedBytes(): number {
    return this.log.allocatedBytes;
  }

  /** Takes in what the log has grown by. */
  readLog(): void {
    const file = openSync(this.process.log, 'r');
    try {
      const piece = Buffer.alloc(pieceBytes);
      for (;;) {
        const length = readSync(file, piece, 0, pieceBytes, this.position);
        if (length === 0) return;
        this.position += length;
        this.log.feed(piece.toString('latin1', 0, length));
      }
    } finally {
      closeSync(file);
    }
  }

  /**
   * What the process holds of the GPU: by nvidia-smi's list where that has its size, or else all that has come since the process started.
   * @param gpu the GPU of the grant.
   */
  heldBytes(gpu: GpuState, processes: readonly GpuProcess[]): number {
    const listedBytes = this.own(gpu, processes).reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
    // Whatever computes on a GPU holds some of it: 0 is no size either.
    this.listed = listedBytes > 0;
    return this.listed ? listedBytes : Math.max(0, gpu.usedBytes - this.grant.usedBytes);
  }

  /** What a process that has ended still holds: nothing once it is off the list, or once as much is free as before it. */
  leftBytes(gpu: GpuState, processes: readonly GpuProcess[]): number {
    if (this.own(gpu, processes).length > 0) return this.heldBytes(gpu, processes);
    return this.wasThere ? 0 : Math.max(0, this.grant.freeBytes - gpu.freeBytes);
  }

  /** The lines of the process itself, with a size or without. */
  private own(gpu: GpuState, processes: readonly GpuProcess[]): readonly GpuProcess[] {
    const own = processes.filter(({ uuid, pid }) => uuid === gpu.uuid && pid === this.process.pid);
    if (own.length > 0) this.wasThere = true;
    return own;
  }
}
