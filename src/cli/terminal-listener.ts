import type { WorkListener } from '../engine/install/listener.js';
import { megabytes, progressBar } from './progress.js';

/** Tells work on stderr: a line a step, a bar for what can be counted in bytes. */
export function terminalListener(): WorkListener {
  let current: { readonly what: string; readonly draw: (done: number, total: number) => void } | null = null;
  return {
    step: (text) => {
      process.stderr.write(`${text}\n`);
    },
    progress: (what, doneBytes, totalBytes) => {
      if (current?.what !== what) current = { what, draw: progressBar(what, megabytes) };
      current.draw(doneBytes, totalBytes);
    },
  };
}
