import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { InputError } from '../errors.js';

/** When a process started, in the kernel's own unit, so that a reused process number is told from the old process; null where unknown. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and brackets: count fields after its closing one. Field 22 is the start time.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    // Not Linux, or the process is gone: the number alone has to do.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Takes a lock, a file that names the process that works on something; a lock whose process is gone is taken over.
 * @param on what that is: by default the study whose journal is being written.
 * @returns how to give it back.
 * @throws InputError when a living process holds it.
 */
export function takeLock(path: string, on = 'a study'): () => void {
  const own = `${process.pid} ${startOf(process.pid) ?? ''}`.trim();
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, `${own}\n`, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pidText = '', start = null] = readFileSync(path, 'utf8').trim().split(' ');
    const pid = Number(pidText);
    const holds = Number.isInteger(pid) && pid > 0 && isAlive(pid) && (start === null || startOf(pid) === start);
    if (holds || attempt > 0) {
      throw new InputError(
        path,
        `${on} that no process works on`,
        `process ${pidText}`,
        'again when that process has ended',
      );
    }
    rmSync(path, { force: true });
  }
}
