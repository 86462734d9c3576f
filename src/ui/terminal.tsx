import { render } from 'ink';
import { neverWaitFor } from '../terminal-output.js';
import { App } from './components/App.js';
import { clearScreen, frameWriter } from './frame-writer.js';
import type { StudyView } from './types.js';

export interface TerminalOptions {
  /** Draw with ASCII characters alone. */
  readonly ascii: boolean;
  /** Draw below the prompt instead of on the alternate screen. */
  readonly inline: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
}

const enterAlternateScreen = '\u001b[?1049h\u001b[2J\u001b[H';
const leaveAlternateScreen = '\u001b[?1049l';
const showCursor = '\u001b[?25h';
const signs = ['error', 'end', 'close'] as const;

function ignore(): void {}

/**
 * The stream as Ink sees it: as high as it likes. Ink wipes the terminal together with its scrollback when a frame reaches the last row,
 * which happens for an instant when a terminal shrinks; the screen keeps within the true height itself.
 */
function withoutHeight(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = frameWriter(stdout);
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'rows') return Number.POSITIVE_INFINITY;
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Calls `listener` at each sign that nobody sees the terminal any more, until the returned function is called. */
function whenGone({ stdout, stdin }: TerminalOptions, listener: () => void): () => void {
  const gone = () => {
    // Whatever is still written to a terminal that has gone must not end the study.
    for (const stream of [stdout, stdin]) if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
    // The end of the input may be seen before the signal that comes with it.
    if (!process.listeners('SIGHUP').includes(ignore)) process.on('SIGHUP', ignore);
    listener();
  };
  for (const stream of [stdout, stdin]) for (const sign of signs) stream.on(sign, gone);
  process.on('SIGHUP', gone);
  return () => {
    for (const stream of [stdout, stdin]) for (const sign of signs) stream.off(sign, gone);
    process.off('SIGHUP', gone);
  };
}

/**
 * Shows a study on a terminal until its phase is `finished` or `interrupted`, or the terminal is gone. The screen, the cursor and the line
 * mode are given back on every way out, a crash of the process included. Once the terminal is gone, writing to `stdout` and the signal
 * SIGHUP no longer end the process: what happens to the study is for the caller to decide. One that takes no output is not waited for: frames are left out.
 *
 * `NODE_ENV` must be `production` before this module is imported: React's development build keeps every measurement it makes.
 * @throws whatever drawing has thrown, after the terminal was given back; the study itself is not touched by it.
 */
export async function runTerminal(view: StudyView, options: TerminalOptions): Promise<void> {
  const { stdout, stdin, inline, ascii } = options;
  neverWaitFor(stdout);
  const write = (text: string) => {
    if (stdout.writable && !stdout.destroyed) stdout.write(text);
  };
  const clear = () => write(clearScreen);
  stdout.prependListener('resize', clear);
  // Ink does so only after the first frame: a Ctrl+C before that would end the process instead of asking the study to stop.
  if (stdin.isTTY) stdin.setRawMode(true);
  if (!inline) write(enterAlternateScreen);

  let left = false;
  const giveBack = () => {
    if (left) return;
    left = true;
    if (stdin.isTTY && !stdin.destroyed) stdin.setRawMode(false);
    write(inline ? showCursor : `${showCursor}${leaveAlternateScreen}`);
  };
  const app = render(<App view={view} stream={stdout} ascii={ascii} inline={inline} onUnmount={giveBack} />, {
    stdout: withoutHeight(stdout),
    stdin,
    exitOnCtrlC: false,
    maxFps: 10,
  });
  const leave = () => {
    // First Ink, which draws a last frame: it must go to the screen that is still there.
    app.unmount();
    giveBack();
  };
  process.on('exit', leave);
  process.on('uncaughtExceptionMonitor', leave);
  const stopWatching = whenGone(options, leave);
  try {
    await app.waitUntilExit();
  } finally {
    leave();
    stopWatching();
    stdout.off('resize', clear);
    process.off('exit', leave);
    process.off('uncaughtExceptionMonitor', leave);
  }
}
