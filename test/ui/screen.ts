import { type IPty, spawn } from '@lydell/node-pty';
import { Terminal } from '@xterm/headless';

/** A program on a pseudo-terminal, with the screen that it has drawn. */
export interface ScreenedProgram {
  /** The screen's rows, without trailing spaces. */
  rows(): string[];
  onAlternateScreen(): boolean;
  cursorVisible(): boolean;
  /** Everything that the program has written, escape sequences included. */
  written(): string;
  send(keys: string): void;
  signal(name: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves as soon as the screen fulfils a condition; rejects with the screen when the program ends before. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves when the program has ended and all of its output is on the screen. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number }>;
  kill(): void;
}

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The environment of a person's terminal, whatever the tests themselves run in. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(CI|CI_.*|CONTINUOUS_INTEGRATION|NODE_ENV|NO_COLOR|FORCE_COLOR|VITEST.*)$/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), TERM: 'xterm-256color', COLORTERM: 'truecolor' };
}

export function runOnScreen(args: readonly string[], columns: number, rows: number): ScreenedProgram {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  const pty: IPty = spawn(process.execPath, [...args], { cols: columns, rows, env: environment() });
  let waiters: Waiter[] = [];
  let cursor = true;
  let output = '';
  const follow = (shown: boolean) => (parameters: readonly (number | number[])[]) => {
    if (parameters[0] === 25) cursor = shown;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, follow(true));
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, follow(false));

  const screen = () =>
    Array.from({ length: terminal.rows }, (_, row) => {
      const { active } = terminal.buffer;
      return active.getLine(active.viewportY + row)?.translateToString(true) ?? '';
    });
  const check = () => {
    const fulfilled = waiters.filter(({ condition }) => condition());
    waiters = waiters.filter((waiter) => !fulfilled.includes(waiter));
    for (const { resolve } of fulfilled) resolve();
  };
  pty.onData((data) => {
    output += data;
    terminal.write(data, check);
  });
  const ended = new Promise<{ exitCode: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      terminal.write('', () => {
        check();
        for (const { reject } of waiters) reject(new Error(`the program has ended:\n${screen().join('\n')}`));
        waiters = [];
        resolve({ exitCode, signal: signal ?? 0 });
      });
    });
  });
  return {
    rows: screen,
    onAlternateScreen: () => terminal.buffer.active.type === 'alternate',
    cursorVisible: () => cursor,
    written: () => output,
    send: (keys) => pty.write(keys),
    signal: (name) => pty.kill(name),
    resize: (newColumns, newRows) => {
      terminal.resize(newColumns, newRows);
      pty.resize(newColumns, newRows);
    },
    until: (condition) =>
      new Promise((resolve, reject) => {
        waiters.push({ condition, resolve, reject });
        check();
      }),
    ended,
    kill: () => pty.kill('SIGKILL'),
  };
}
