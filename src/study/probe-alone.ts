import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultGpuMemoryBytes } from '../engine/gpu/pool.js';
import { messageOf } from '../errors.js';
import type { ExecutorEvent } from '../executor/executor.js';
import { LocalExecutor } from '../executor/local.js';
import { startedAt, systemClock } from './clock.js';
import { usableCores } from './cores.js';
import { type ProbeReport, probeEngine } from './probe.js';
import type { StudyMachine } from './request.js';
import { StudySurroundings } from './surroundings.js';

/** Lines of the process's log that an error tells. */
const toldLines = 12;

export interface ProbeAloneOptions {
  /** GPU memory that the process may hold; default 6 GB. */
  readonly gpuMemoryBytes?: number;
  /** Hears what people should know of the GPU. */
  readonly tell?: (message: string) => void;
}

/**
 * Asks a trial process of its own, outside of any study, for its engine and how fast it trains.
 * @param request as for `probeEngine`.
 * @throws Error with the last lines of the process's log when it fails; the signal's reason when it is aborted.
 */
export async function probeAlone(
  { command, env }: Pick<StudyMachine, 'command' | 'env'>,
  request: Parameters<typeof probeEngine>[3],
  { gpuMemoryBytes = defaultGpuMemoryBytes, tell = () => undefined }: ProbeAloneOptions = {},
): Promise<ProbeReport> {
  const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-probe-'));
  const clock = systemClock(startedAt(Date.now() / 1000));
  const listeners = new Set<(event: ExecutorEvent) => void>();
  const executor = new LocalExecutor({
    slots: 1,
    command,
    surroundings: new StudySurroundings({
      env,
      clock,
      cores: usableCores(env),
      gpuMemoryBytes,
      engine: () => null,
      tell,
      note: () => undefined,
    }),
    logs,
    clock,
    listener: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
  });
  const listen = (listener: (event: ExecutorEvent) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  try {
    return await probeEngine(executor, clock, listen, request);
  } catch (error) {
    request.signal?.throwIfAborted();
    // The log's name would be of no use: it goes with its folder.
    const what = messageOf(error).replace(/; its log: .*/, '');
    throw new Error([what, ...lastLines(logs)].join('\n  '), { cause: error });
  } finally {
    await executor.close();
    rmSync(logs, { recursive: true, force: true });
  }
}

function lastLines(logs: string): readonly string[] {
  const text = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
  return text.join('').trim().split('\n').filter(Boolean).slice(-toldLines);
}
