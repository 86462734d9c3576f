import type { EventOf, StudyState } from './types.js';

/** A resumed study counts anew, but what it held before it was interrupted it has held. */
export function highestMemory(before: StudyState['gpuMemory'], event: EventOf<'gpu-memory'>): EventOf<'gpu-memory'> {
  const larger = (a: number | null | undefined, b: number | null) => (b === null ? (a ?? null) : Math.max(a ?? 0, b));
  return {
    ...event,
    estimatedBytes: larger(before?.estimatedBytes, event.estimatedBytes),
    allocatedBytes: larger(before?.allocatedBytes, event.allocatedBytes),
    measuredBytes: larger(before?.measuredBytes, event.measuredBytes),
  };
}
