import { setTimeout } from 'node:timers/promises';

/** What a terminal has not taken yet of what was written to it is kept up to here. */
const mostPendingBytes = 2 ** 16;

/** A terminal that takes output has taken the last words within this time. */
const lastWordsSeconds = 0.3;

/** A stream that people may be looking at. */
export interface Output {
  readonly isTTY?: boolean;
  readonly writableLength: number;
  write(text: string, done?: () => void): boolean;
}

/**
 * From now on these streams never hold this process up. Only terminals do: a write waits, and the whole thread with it, for as long as one takes no
 * output, of which Ctrl-S, a window that is being moved and a connection that hangs are enough.
 */
export function neverWaitFor(...streams: readonly Output[]): void {
  for (const stream of streams) {
    if (!stream.isTTY) continue;
    // Node makes terminals blocking on purpose and has no word of its own for the opposite.
    const { _handle: handle } = stream as {
      readonly _handle?: { readonly setBlocking?: (isBlocking: boolean) => number };
    };
    handle?.setBlocking?.(false);
  }
}

/** Whether this is a terminal that has not taken yet what was written to it. */
export const isBehind = ({ isTTY, writableLength }: Output): boolean => isTTY === true && writableLength > 0;

/**
 * Writes lines to a stream. What a terminal that takes no output would pile up is left out; how many lines that were is told before the next one that
 * it takes.
 * @param teller where that is told; default: the same stream.
 */
export function lineWriter(stream: Output, teller: Output = stream): (line: string) => void {
  let leftOut = 0;
  return (line) => {
    if (stream.isTTY && stream.writableLength > mostPendingBytes) {
      leftOut++;
      return;
    }
    if (leftOut > 0) teller.write(`hyperbudget: ${leftOut} lines were left out here: the terminal took no output\n`);
    leftOut = 0;
    stream.write(`${line}\n`);
  };
}

/** Waits until terminals have taken the last words, but only for a moment: one that takes none must not keep a process from its end. */
export async function lastWords(...streams: readonly Output[]): Promise<void> {
  const taken = streams
    .filter(isBehind)
    .map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())));
  if (taken.length > 0) await Promise.race([Promise.all(taken), setTimeout(1000 * lastWordsSeconds)]);
}
