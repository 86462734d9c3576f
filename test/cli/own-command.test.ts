import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownCommand } from '../../src/cli/own-command.js';

const checkout = resolve(import.meta.dirname, '../..');

describe('the command that a user goes on with', () => {
  it('is the one of the README within the checkout', () => {
    expect(ownCommand(checkout)).toBe('npx hyperbudget');
    expect(ownCommand(join(checkout, 'results'))).toBe('npx hyperbudget');
  });

  it('is a path elsewhere, which a shell finds', () => {
    const command = ownCommand(tmpdir());
    expect(command).toMatch(/^node .*bin\/hyperbudget\.js'?$/);
    expect(execFileSync('sh', ['-c', `${command} --version`], { cwd: tmpdir(), encoding: 'utf8' })).toMatch(
      /^\d+\.\d+/,
    );
  });

  it('outside of a checkout is no npx, which would fetch what has its name', () => {
    expect(ownCommand(`${checkout}-2`)).toMatch(/^node /);
    expect(ownCommand(resolve(checkout, '..'))).toMatch(/^node /);
  });
});
