import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { InputError } from '../errors.js';
import { isAlive, startOfProcess } from '../process-identity.js';

/** A process whose parent was killed ends within this time: whoever takes over is not turned away for a moment's sake. */
const patienceSeconds = 1.5;
/** An empty lock is about to be written, or was left so. */
const writingSeconds = 0.1;

interface Holder {
  readonly content: string;
  readonly pidText: string;
  readonly holds: boolean;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Who a lock names; null where it is gone by now. */
function readHolder(path: string, killed: number | null): Holder | null {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const [pidText = '', start = null] = content.trim().split(' ');
  const pid = Number(pidText);
  const lives = Number.isInteger(pid) && pid > 0 && pid !== killed && isAlive(pid);
  const holds = lives && (start === null || startOfProcess(pid) === start);
  return { content, pidText, holds };
}

/** Removes a lock that nobody holds, unless another process has been faster: moving it shows what was there. */
function removeStale(path: string, stale: Holder): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === stale.content) rmSync(aside);
  else renameSync(aside, path);
}

/** Writes a new file or leaves none: a full disk takes the name and not the content. */
function create(path: string, content: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Takes a lock, a file that names the process that works on something; a lock whose process is gone is taken over.
 * @param on what that is: by default the study whose journal is being written.
 * @param killed a process that was killed and may not be quite gone: it holds nothing any more.
 * @returns how to give it back.
 * @throws InputError when a living process holds it for longer than a moment.
 */
export function takeLock(path: string, on = 'a study', killed: number | null = null): () => void {
  const own = `${process.pid} ${startOfProcess(process.pid) ?? ''}`.trim();
  const startedAt = performance.now();
  for (;;) {
    try {
      create(path, `${own}\n`);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path, killed);
    if (holder === null) continue;
    const patience =
      holder.content === '' ? writingSeconds : holder.pidText === String(process.pid) ? 0 : patienceSeconds;
    if (performance.now() - startedAt < 1000 * patience && (holder.holds || holder.content === '')) {
      pause(20);
    } else if (holder.holds) {
      throw new InputError(
        path,
        `${on} that no process works on`,
        `process ${holder.pidText}`,
        'again when that process has ended',
      );
    } else {
      removeStale(path, holder);
    }
  }
}
