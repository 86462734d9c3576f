import { describe, expect, it } from 'vitest';
import { hyperbudget, temporaryFolder } from './program.js';

const commands = [
  'run',
  'search',
  'final',
  'resume',
  'plan',
  'export',
  'pack',
  'example',
  'score',
  'simulate',
  'doctor',
];

describe('the command line', () => {
  it.each(commands)('%s --help tells its usage on stdout and ends with 0', async (command) => {
    const { code, stdout, stderr } = await hyperbudget(temporaryFolder(), command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: hyperbudget ${command} `));
  });

  it('--help names every command and the exit codes', async () => {
    const { code, stdout } = await hyperbudget(temporaryFolder(), '--help');
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 done, 1 failed, 2 .*, 3 .*, 4 /);
  });

  it('--version tells the version of the package', async () => {
    const { code, stdout } = await hyperbudget(temporaryFolder(), '--version');
    expect({ code, isVersion: /^\d+\.\d+\.\d+\n$/.test(stdout) }).toEqual({ code: 0, isVersion: true });
  });

  it('alone tells what it can do, as a misuse', async () => {
    const { code, stdout, stderr } = await hyperbudget(temporaryFolder());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: hyperbudget/);
  });
});
