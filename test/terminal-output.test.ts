import { spawn } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { isBehind, lastWords, lineWriter, type Output } from '../src/terminal-output.js';

/** A terminal that takes nothing until it is told to. */
class StandingTerminal implements Output {
  readonly isTTY = true;
  writableLength = 0;
  text = '';

  write(text: string): boolean {
    this.writableLength += text.length;
    this.text += text;
    return false;
  }

  goOn(): void {
    this.writableLength = 0;
  }
}

describe('a terminal that takes no output', () => {
  it('holds up no process that has said that it does not wait', async () => {
    const program = `
      import { neverWaitFor } from ${JSON.stringify(new URL('../dist/terminal-output.js', import.meta.url).href)};
      neverWaitFor(process.stdout);
      for (let line = 0; line < 1000; line++) process.stdout.write('x'.repeat(1000));
      process.exit(7);`;
    const pty = spawn(process.execPath, ['--input-type=module', '-e', program], { cols: 80, rows: 24 });
    const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
    pty.pause();
    try {
      expect(await ended).toBe(7);
    } finally {
      pty.kill('SIGKILL');
    }
  });

  it('piles up little: further lines are left out, and it is told how many once it goes on', () => {
    const terminal = new StandingTerminal();
    const say = lineWriter(terminal);
    const line = 'x'.repeat(2 ** 12 - 1);
    for (let count = 0; count < 100; count++) say(line);
    expect(isBehind(terminal)).toBe(true);
    expect(terminal.writableLength).toBeLessThan(2 ** 16 + 2 ** 13);
    const kept = terminal.text.split('\n').length - 1;
    terminal.goOn();
    say('last');
    expect(terminal.text.split('\n').slice(kept)).toEqual([
      `hyperbudget: ${100 - kept} lines were left out here: the terminal took no output`,
      'last',
      '',
    ]);
  });

  it('is not waited for at the end', async () => {
    const terminal = new StandingTerminal();
    terminal.write('text');
    await lastWords(terminal);
    expect(isBehind(terminal)).toBe(true);
  });
});

it('what is no terminal gets every line, however far behind it is', () => {
  const pipe = Object.assign(new StandingTerminal(), { isTTY: false });
  const say = lineWriter(pipe);
  for (let count = 0; count < 100; count++) say('x'.repeat(2 ** 12));
  expect(pipe.text.split('\n')).toHaveLength(101);
});
