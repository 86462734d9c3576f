import { isBehind, type Output } from '../terminal-output.js';

export const clearScreen = '\u001b[2J\u001b[H';
const endSynchronizedFrame = '\u001b[?2026l';

/**
 * Writes what Ink draws, but for what a terminal that takes no output would pile up. Ink draws a frame over the one before: after one that was left out
 * the next begins on an empty screen.
 */
export function frameWriter(stdout: Output): (text: string, done?: () => void) => boolean {
  let isBroken = false;
  return (text, done) => {
    // What has one line sets modes of the terminal.
    const isFrame = text.includes('\n');
    if (isBehind(stdout)) {
      isBroken ||= isFrame;
      if (done) process.nextTick(done);
      return true;
    }
    const before = isBroken && isFrame ? `${endSynchronizedFrame}${clearScreen}` : '';
    isBroken &&= !isFrame;
    return stdout.write(`${before}${text}`, done);
  };
}
