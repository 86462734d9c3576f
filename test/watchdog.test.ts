import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const blocked = fileURLToPath(new URL('blocked-process.mjs', import.meta.url));

it('ends a process whose main thread is blocked when its time has passed', async () => {
  const child = spawn(process.execPath, [blocked, '0.5'], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});

it('ends a process whose main thread is blocked when its parent is gone', async () => {
  // The one in the middle ends as soon as its child has said that its watchdog is set; the pipe stays open as long as that child lives.
  const middle = `
    const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(blocked)}, 'parent'], {
      stdio: ['ignore', 'pipe', 2],
    });
    child.stdout.on('data', () => process.exit(0));
  `;
  const parent = spawn(process.execPath, ['-e', middle], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([parent.stderr.setEncoding('utf8').toArray(), once(parent, 'exit')]);
  expect(said).toEqual([]);
});

it('ends a process when another one that it shall not outlive is gone, which need not be its parent', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const child = spawn(process.execPath, [blocked, 'process', String(other.pid)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  other.kill('SIGKILL');
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});
