import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Terminal } from '@xterm/headless';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unicodeGlyphs } from '../../src/ui/model/glyphs.js';
import { finalState, finishedState, searchState } from './canned.js';
import { runOnScreen, type ScreenedProgram } from './screen.js';

const demo = fileURLToPath(new URL('demo.js', import.meta.url));

describe('a study on a terminal', () => {
  let folder: string;
  let program: ScreenedProgram | undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hyperbudget-ui-'));
    const scenes = [
      { state: searchState(), nowSeconds: 77 },
      { state: finalState(), nowSeconds: 241 },
      { state: finishedState(), nowSeconds: 352 },
    ];
    writeFileSync(join(folder, 'states.json'), JSON.stringify(scenes));
  });
  afterEach(() => {
    program?.kill();
    program = undefined;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function start(columns: number, rows: number, ...flags: string[]): Promise<ScreenedProgram> {
    const started = runOnScreen([demo, join(folder, 'states.json'), ...flags], columns, rows);
    program = started;
    await started.until(() => started.rows()[rows - 2]?.includes(' stop') === true);
    return started;
  }

  const text = (shown: ScreenedProgram) => shown.rows().join('\n');

  async function givenBack(shown: ScreenedProgram) {
    const end = await shown.ended;
    expect(shown.onAlternateScreen()).toBe(false);
    expect(shown.cursorVisible()).toBe(true);
    return end;
  }

  test.each([
    [80, 24],
    [140, 40],
  ])('fills %dx%d but for the last row, on the alternate screen', async (columns, rows) => {
    const shown = await start(columns, rows);
    const lines = shown.rows();
    expect(shown.onAlternateScreen()).toBe(true);
    expect(shown.cursorVisible()).toBe(false);
    expect(lines[0]).toMatch(/^ quickstart {2}engine wasm f32 {2}data fashion-mnist +● searching$/);
    expect(lines.filter((row) => /^[› ] +\d+ [●–◇✗○]/.test(row)).length).toBeGreaterThanOrEqual(9);
    expect(lines[rows - 2]).toContain('q stop');
    expect(lines[rows - 1]).toBe('');
  });

  test('never wipes the scrollback, and draws in colour', async () => {
    const shown = await start(80, 24);
    shown.resize(80, 20);
    await shown.until(() => shown.rows()[18]?.includes('q stop') === true);
    expect(shown.written()).not.toContain('\u001b[3J');
    expect(shown.written()).toContain('\u001b[38;2;86;180;233m');
  });

  test('follows the terminal to another size and back without a trace of the old one', async () => {
    const shown = await start(80, 24);
    for (const [columns, rows] of [
      [140, 40],
      [66, 14],
      [100, 30],
    ] as const) {
      shown.resize(columns, rows);
      const last = columns < 80 ? /diverged/ : /q stop/;
      // A frame may be cut in two on its way: what counts is the screen that it ends as.
      await shown.until(() => {
        const lines = shown.rows();
        const headers = lines.flatMap((line, row) => (line.includes('quickstart') ? [row] : []));
        const cursors = lines.filter((line) => line.startsWith('›'));
        return last.test(lines[rows - 2] ?? '') && headers.join() === '0' && cursors.length === 1;
      });
    }
    shown.resize(50, 8);
    await shown.until(() => shown.rows()[0]?.startsWith('● searching') === true);
    expect(shown.rows().slice(1).join('')).toBe('');
  });

  test('the clock runs without an event', async () => {
    const shown = await start(80, 24);
    const clock = () => shown.rows()[1]?.match(/\d:\d\d left/)?.[0];
    const before = clock();
    await shown.until(() => clock() !== before);
  });

  test('q stops the study and gives the terminal back', async () => {
    const shown = await start(80, 24);
    shown.send('q');
    expect((await givenBack(shown)).exitCode).toBe(0);
    expect(text(shown)).toContain('the terminal was given back, 1 interrupts, 0 listeners');
  });

  test('while a stop is saving, the screen says so and a second key stops at once', async () => {
    const shown = await start(80, 24, '--stubborn');
    shown.send('\u0003');
    await shown.until(() => text(shown).includes('q again stops at once'));
    shown.send('\u0003');
    await givenBack(shown);
    expect(text(shown)).toContain('2 interrupts');
  });

  test('the end of the study ends it by itself', async () => {
    const shown = await start(80, 24);
    shown.signal('SIGUSR2');
    await shown.until(() => text(shown).includes('training loss over the schedule'));
    shown.signal('SIGUSR2');
    expect((await givenBack(shown)).exitCode).toBe(0);
  });

  test('after a crash the terminal is given back and the stack can be read', async () => {
    const shown = await start(80, 24, '--crash');
    shown.signal('SIGUSR2');
    expect((await givenBack(shown)).exitCode).toBe(1);
    expect(text(shown)).toContain('Error: the study has crashed');
    expect(text(shown)).not.toContain('quickstart');
  });

  test('a signal that ends the process gives the terminal back', async () => {
    const shown = await start(80, 24);
    shown.signal('SIGTERM');
    expect((await givenBack(shown)).signal).toBe(15);
  });

  test('when the terminal goes away the study goes on without it', async () => {
    const shown = await start(80, 24);
    shown.signal('SIGHUP');
    // A hang-up may be told more than once.
    shown.signal('SIGHUP');
    expect((await givenBack(shown)).exitCode).toBe(0);
    expect(text(shown)).toContain('the terminal was given back, 0 interrupts');
  });

  test('inline it stays on the normal screen, and in ASCII it keeps to it', async () => {
    const shown = await start(80, 24, '--inline', '--ascii');
    expect(shown.onAlternateScreen()).toBe(false);
    expect(text(shown)).toMatch(/^[\n -~]+$/);
    shown.send('q');
    await givenBack(shown);
    expect(text(shown)).toContain('Brackets');
  });
});

test('every character that may be drawn takes one column', async () => {
  const characters = Array.from({ length: 0xffff - 0x20 }, (_, index) => String.fromCharCode(index + 0x20)).filter(
    (character) => unicodeGlyphs.printable(character) === character,
  );
  const terminal = new Terminal({ cols: 4, rows: 4, scrollback: 70_000, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(characters.map((one) => `${one}|\r\n`).join(''), resolve));
  const wide = characters.filter((_, row) => terminal.buffer.active.getLine(row)?.getCell(1)?.getChars() !== '|');
  expect(wide).toEqual([]);
  expect(characters.length).toBeGreaterThan(1000);
});
