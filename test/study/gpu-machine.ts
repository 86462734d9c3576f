import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuSnapshot } from '../../src/engine/gpu/nvidia-smi.js';
import { VirtualClock } from '../../src/executor/simulator.js';
import type { RunningProcess } from '../../src/executor/surroundings.js';
import type { TrialMessage } from '../../src/trial/protocol.js';
import { temporaryFolder } from './tiny-study.js';

export const mebibyte = 2 ** 20;
export const uuid = 'GPU-a';

/** A GPU with its processes, and a clock: what nvidia-smi would show, changed by the test. */
export class GpuMachine {
  readonly clock = new VirtualClock();
  readonly folder = temporaryFolder();
  readonly totalMebibytes = 45_000;
  /** Used by nobody that is listed, and by the listed ones, in MiB. */
  othersMebibytes = 300;
  readonly processes = new Map<number, number>();
  /** Whether the driver lists processes by numbers that the study knows. */
  lists = true;
  /** Whether it tells what they hold. */
  tellsSizes = true;
  looks = 0;

  readonly read = async (): Promise<GpuSnapshot> => {
    this.looks++;
    const usedMebibytes = this.othersMebibytes + [...this.processes.values()].reduce((a, b) => a + b, 0);
    const gpu = {
      index: 0,
      uuid,
      name: 'Quadro RTX 8000',
      totalBytes: this.totalMebibytes * mebibyte,
      usedBytes: usedMebibytes * mebibyte,
      freeBytes: (this.totalMebibytes - usedMebibytes) * mebibyte,
    };
    const listed = [...this.processes].map(([pid, used]) => ({
      uuid,
      pid,
      usedBytes: this.tellsSizes ? used * mebibyte : null,
    }));
    return { gpus: [gpu], processes: this.lists ? listed : [] };
  };

  /** Keeps the clock's appointments until `seconds` have passed, everything that waits for them included. */
  async pass(seconds: number): Promise<void> {
    await settled();
    const until = this.clock.nowSeconds() + seconds;
    let isOver = false;
    this.clock.at(until, () => {
      isOver = true;
    });
    while (!isOver) {
      this.clock.advance();
      await settled();
    }
  }
}

/** Resolves once everything that can go on without time passing has done so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface FakeProcess extends RunningProcess {
  readonly pid: number;
  /** Why it was stopped, if it was. */
  readonly stops: readonly string[];
  say(line: string): void;
}

export function fakeProcess(machine: GpuMachine, pid: number): FakeProcess {
  const log = join(machine.folder, `${pid}.log`);
  writeFileSync(
    log,
    'of an earlier study: Created device /job:localhost/replica:0/task:0/device:GPU:0 with 1 MB memory\n',
  );
  const stops: string[] = [];
  return {
    pid,
    log,
    logOffset: 102,
    stops,
    stop: (reason, message) => stops.push(`${reason}: ${message}`),
    say: (line) => appendFileSync(log, `${line}\n`),
  };
}

export const granted = (mebibytes: number): string =>
  `I0000 00:00:1 1 gpu_device.cc:2022] Created device /job:localhost/replica:0/task:0/device:GPU:0 with ${mebibytes} MB memory:  -> device: 0, name: x`;

export const grown = (size: string): string =>
  `2026-11-22 21:07:17.7: I bfc_allocator.cc:171] Extending allocation by 1.00MiB bytes for GPU_0_bfc.\n2026-11-22 21:07:17.7: I bfc_allocator.cc:178] Total allocated bytes: ${size}`;

export const hello = (engine: string, exclusive: boolean): TrialMessage => ({
  type: 'hello',
  protocol: 1,
  pid: 1,
  engine,
  description: 'a test engine',
  precision: 'f32',
  precisions: [],
  exclusive,
  unavailable: [],
});
