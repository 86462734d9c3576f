import { readFileSync } from 'node:fs';

/** An instant on a machine's monotonic clock. */
export interface MonotonicInstant {
  /** The machine's uptime that the clock belongs to: after the next start it counts anew. */
  readonly boot: string;
  readonly seconds: number;
}

/** Seconds on the monotonic clock, which on Linux and macOS all processes share and nobody can set. */
export const monotonicSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

/** Which uptime of the machine this is; null where the system does not say. */
export function currentBoot(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: instants of other processes are known by the wall clock alone.
    return null;
  }
}
