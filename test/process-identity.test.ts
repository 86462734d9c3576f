import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, startOfProcess } from '../src/process-identity.js';

describe('a process', () => {
  it('is known by its number and its start, which stays the same', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    expect(startOfProcess(pid)).toBe(startOfProcess(pid));
    if (process.platform === 'linux') expect(startOfProcess(pid)).toMatch(/^\d+$/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid)).toBe(false);
    expect(startOfProcess(pid)).toBeNull();
  });
});
