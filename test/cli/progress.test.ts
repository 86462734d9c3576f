import { afterEach, describe, expect, it, vi } from 'vitest';
import { megabytes, progressBar } from '../../src/cli/progress.js';
import { terminalListener } from '../../src/cli/terminal-listener.js';

function written(): readonly string[] {
  return vi.mocked(process.stderr.write).mock.calls.map(([text]) => String(text));
}

function listen(isTerminal: boolean): void {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  Object.defineProperty(process.stderr, 'isTTY', { value: isTerminal, configurable: true });
}

const { isTTY } = process.stderr;
afterEach(() => {
  vi.restoreAllMocks();
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
});

describe('progress', () => {
  it('into a file is a line every tenth, in its own unit', () => {
    listen(false);
    const draw = progressBar('unpacking', megabytes);
    for (let done = 0; done <= 200e6; done += 1e6) draw(done, 200e6);
    expect(written()).toHaveLength(11);
    expect(written()[5]).toMatch(/^unpacking 100\.0\/200\.0 {2}[\d.]+ MB\/s {2}\d+ s left\n$/);
  });

  it('of images counts them whole', () => {
    listen(false);
    const draw = progressBar('packing');
    draw(3, 30);
    draw(30, 30);
    expect(written()).toEqual([
      'packing 3/30\n',
      expect.stringMatching(/^packing 30\/30 {2}\d+ images\/s {2}0 s left\n$/),
    ]);
  });

  it('counts its rate from the first report on: what was done before took no time', () => {
    listen(false);
    let now = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const draw = progressBar('packing');
    now += 2000;
    draw(500, 1000);
    now += 10_000;
    draw(600, 1000);
    expect(written()).toEqual(['packing 500/1000\n', 'packing 600/1000  10 images/s  40 s left\n']);
  });

  it('on a terminal stays in one line until it is complete', () => {
    listen(true);
    const draw = progressBar('unpacking', megabytes);
    draw(50, 100);
    draw(100, 100);
    expect(written().map((text) => text.endsWith('\n'))).toEqual([false, true]);
  });

  it('of work has a bar for each part and a line for each step', () => {
    listen(false);
    const { step, progress } = terminalListener();
    progress('downloading', 1e6, 1e6);
    step('compiling');
    progress('unpacking', 2e6, 2e6);
    expect(written()).toEqual(['downloading 1.0/1.0\n', 'compiling\n', 'unpacking 2.0/2.0\n']);
  });
});
