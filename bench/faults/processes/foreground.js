import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf } from './tree.js';

/** How long a process still has its readers, and its terminal, where these go away. */
const readersMilliseconds = 4000;
const terminalMilliseconds = 6000;

/**
 * Starts the program as a user would, and waits for its end.
 * @param condition `closed stdout`: its readers go away in the middle; `lost terminal`: it has a terminal, which is closed in the middle.
 * @returns its exit code or signal; null where nobody is told.
 */
export async function foreground(words, { folder, env, condition }) {
  const program = [resolve('bin/hyperbudget.js'), ...words];
  if (condition === 'lost terminal') return await onTerminal(program, folder, env);
  const log = openSync(join(folder, 'program.log'), 'a');
  const isRead = condition === 'closed stdout';
  const output = isRead ? 'pipe' : log;
  const options = { cwd: folder, env, stdio: ['ignore', output, output] };
  const child = spawn(process.execPath, [...program, isRead ? '--json' : '--headless'], options);
  closeSync(log);
  child.stdout?.resume();
  child.stderr?.resume();
  const away = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, readersMilliseconds);
  try {
    return await new Promise((done, fail) => {
      child.on('error', fail);
      child.on('exit', (code, signal) => done(code ?? signal));
    });
  } finally {
    clearTimeout(away);
  }
}

async function onTerminal(program, folder, env) {
  const { spawn: spawnTerminal } = await import('@lydell/node-pty');
  const terminal = spawnTerminal(process.execPath, program, { cols: 100, rows: 30, cwd: folder, env });
  terminal.onData(() => undefined);
  const away = setTimeout(() => terminal.destroy(), terminalMilliseconds);
  // Its exit may not be told once the terminal is gone.
  while (existsSync(`/proc/${terminal.pid}`) && stateOf(terminal.pid) !== 'Z') await sleep(20);
  clearTimeout(away);
  terminal.destroy();
  return null;
}
