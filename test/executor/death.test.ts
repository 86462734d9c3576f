import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kernelKills, lastLinesOf, reasonOfDeath } from '../../src/executor/death.js';

const folder = mkdtempSync(join(tmpdir(), 'death-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the reason of a death', () => {
  it.each([
    ["terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc"],
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb7a940 node::Abort()'],
    ['OOM when allocating tensor with shape[64,56,56,256] and type float'],
    ['RangeError: WebAssembly.Memory.grow(): Unable to grow instance memory'],
  ])('is memory where the log says so: %s', (lastLines) => {
    expect(reasonOfDeath({ signal: 'SIGABRT', lastLines, kernelKilled: false })).toBe('out-of-memory');
  });

  it('is memory where the kernel has killed for want of it, and a crash where somebody else did or it died otherwise', () => {
    const lastLines = 'training';
    expect(reasonOfDeath({ signal: 'SIGKILL', lastLines, kernelKilled: true })).toBe('out-of-memory');
    expect(reasonOfDeath({ signal: 'SIGKILL', lastLines, kernelKilled: false })).toBe('crash');
    expect(reasonOfDeath({ signal: 'SIGSEGV', lastLines, kernelKilled: true })).toBe('crash');
    expect(reasonOfDeath({ signal: null, lastLines, kernelKilled: true })).toBe('crash');
  });
});

describe('the last lines of a log', () => {
  it("are the process's own, however long the log is", () => {
    const log = join(folder, 'own.log');
    const before = 'std::bad_alloc\n';
    writeFileSync(log, `${before}mine\n`);
    expect(lastLinesOf(log, before.length)).toBe('mine\n');
    writeFileSync(log, `${'x'.repeat(100_000)}end`);
    expect(lastLinesOf(log, 0)).toMatch(/^x{8189}end$/);
  });

  it('are empty where the log is gone', () => {
    expect(lastLinesOf(join(folder, 'none.log'), 0)).toBe('');
  });
});

describe('the kills of the kernel', () => {
  const machine = (files: Readonly<Record<string, string>>) =>
    kernelKills((path) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    });

  it.each([
    ['version 2', '0::/user/study\n', '/sys/fs/cgroup/user/study/memory.events', 'low 0\noom 5\noom_kill 3\n'],
    ['version 2 in a container', '0::/\n', '/sys/fs/cgroup/memory.events', 'oom_kill 3\n'],
    [
      'version 1',
      '5:cpu,cpuacct:/a\n4:memory:/study\n0::/\n',
      '/sys/fs/cgroup/memory/study/memory.oom_control',
      'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
    ],
  ])('are counted in the control group, %s', (_, group, path, text) => {
    expect(machine({ '/proc/self/cgroup': group, [path]: text })).toBe(3);
  });

  it('are counted on the machine, and none where nobody counts', () => {
    expect(machine({ '/proc/vmstat': 'nr_free_pages 7\noom_kill 2\n' })).toBe(2);
    expect(machine({})).toBe(0);
  });
});
