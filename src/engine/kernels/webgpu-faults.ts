import { OutOfMemoryError } from '../engine.js';

/** What WebGPU tells by events instead of exceptions, in words. */
export interface Fault {
  readonly message: string;
  readonly outOfMemory: boolean;
}

/** Limits that a buffer can exceed are memory too: a smaller batch fits. */
const memoryWords = /out of memory|max buffer size|maxBufferSize|maxStorageBufferBindingSize|binding size/i;

/** A fault by the name of WebGPU's class for it and its message. */
export function faultOf(className: string, message: string): Fault {
  return { message, outOfMemory: className === 'GPUOutOfMemoryError' || memoryWords.test(message) };
}

/**
 * Keeps faults until somebody asks. WebGPU's calls do not throw: what fails leaves zeros behind and tells so by an event, so every result
 * must be followed by a look here.
 */
export class FaultLog {
  private faults: Fault[] = [];
  private lost: Fault | null = null;

  note(fault: Fault): void {
    this.faults.push(fault);
  }

  /** The device is gone: everything fails from now on. */
  noteLoss(reason: string): void {
    this.lost ??= { ...faultOf('', reason), message: `the device was lost: ${reason}` };
  }

  get empty(): boolean {
    return this.faults.length === 0 && this.lost === null;
  }

  /**
   * Forgets the faults so far and throws the gravest. A lost device stays lost.
   * @throws OutOfMemoryError when memory was missing; Error for any other fault.
   */
  throwAny(): void {
    const faults = [...this.faults, ...(this.lost === null ? [] : [this.lost])];
    this.faults = [];
    const fault = faults.find(({ outOfMemory }) => outOfMemory) ?? faults[0];
    if (fault === undefined) return;
    const Kind = fault.outOfMemory ? OutOfMemoryError : Error;
    throw new Kind(`webgpu: ${fault.message}`);
  }
}
