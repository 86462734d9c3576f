import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { saysOutOfMemory } from '../errors.js';
import type { FailureReason } from '../state/events.js';

/** How a process came to its end by itself, or by somebody else's hand. */
export interface Death {
  readonly signal: NodeJS.Signals | null;
  /** The end of its log. */
  readonly lastLines: string;
  /** Whether the kernel has killed a process for want of memory since this one was given its work. */
  readonly kernelKilled: boolean;
}

/** Stack traces stand behind the line that says what it was. */
const tailBytes = 8192;

/**
 * Why a process died without a word to the study: TensorFlow, V8 and the C++ library abort where they find no memory and say so in the log; the
 * kernel kills without saying anything.
 */
export function reasonOfDeath({ signal, lastLines, kernelKilled }: Death): FailureReason {
  return saysOutOfMemory(lastLines) || (signal === 'SIGKILL' && kernelKilled) ? 'out-of-memory' : 'crash';
}

/** The end of a log, at most what was written from `offset` on; empty where it cannot be read: then nobody knows more than the signal. */
export function lastLinesOf(log: string, offset: number): string {
  try {
    const file = openSync(log, 'r');
    try {
      const { size } = fstatSync(file);
      const tail = Buffer.alloc(Math.max(0, Math.min(tailBytes, size - offset)));
      readSync(file, tail, 0, tail.length, size - tail.length);
      return tail.toString('utf8');
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/**
 * Counts the processes that the kernel has killed for want of memory, in this process's control groups (versions 1 and 2) and on the machine, as
 * far as it says so. Only growth means anything: groups lie in one another.
 * @param read gives a file's text; throws where there is none.
 */
export function kernelKills(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): number {
  const text = (path: string): string => {
    try {
      return read(path);
    } catch {
      // Another system, or a control group that does not count.
      return '';
    }
  };
  const groups = text('/proc/self/cgroup')
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (path === '') return [];
      const inside = path === '/' ? '' : path;
      if (controllers === '') return [`/sys/fs/cgroup${inside}/memory.events`];
      if (!controllers.split(',').includes('memory')) return [];
      return [`/sys/fs/cgroup/memory${inside}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control'];
    });
  return ['/proc/vmstat', ...new Set(groups)]
    .map((path) => Number(/^oom_kill (\d+)$/m.exec(text(path))?.[1] ?? 0))
    .reduce((sum, kills) => sum + kills, 0);
}
