import { describe, expect, test } from 'vitest';
import type { Output } from '../../src/terminal-output.js';
import { clearScreen, frameWriter } from '../../src/ui/frame-writer.js';

class Screen implements Output {
  readonly isTTY = true;
  writableLength = 0;
  readonly written: string[] = [];

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

describe('frames for a terminal that takes no output', () => {
  test('are left out, and the next that it takes is drawn on an empty screen', () => {
    const screen = new Screen();
    const write = frameWriter(screen);
    write('one\n');
    screen.writableLength = 100;
    for (const frame of ['two\n', 'three\n']) write(frame);
    screen.writableLength = 0;
    for (const frame of ['four\n', 'five\n']) write(frame);
    expect(screen.written).toEqual(['one\n', expect.stringMatching(/four\n$/), 'five\n']);
    expect(screen.written[1]).toContain(clearScreen);
  });

  test('leave no empty screen where only the modes of the terminal are set after them', () => {
    const screen = new Screen();
    const write = frameWriter(screen);
    screen.writableLength = 100;
    write('frame\n');
    screen.writableLength = 0;
    const showCursor = '\u001b[?25h';
    write(showCursor);
    expect(screen.written).toEqual([showCursor]);
  });

  test('keep nobody waiting who wants to know that they are drawn', async () => {
    const screen = new Screen();
    screen.writableLength = 100;
    await new Promise<void>((resolve) => frameWriter(screen)('frame\n', resolve));
    expect(screen.written).toEqual([]);
  });
});
