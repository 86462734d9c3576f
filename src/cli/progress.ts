import { PaceMeter } from '../ui/model/pace.js';

/** What a progress bar counts. */
export interface ProgressUnit {
  readonly name: string;
  /** How much of what is reported makes one. */
  readonly size: number;
  /** Digits after the decimal point. */
  readonly digits: number;
}

const images: ProgressUnit = { name: 'images', size: 1, digits: 0 };
export const megabytes: ProgressUnit = { name: 'MB', size: 1e6, digits: 1 };

/** A progress bar on stderr: one line redrawn in a terminal, a line every tenth elsewhere. */
export function progressBar(
  what: string,
  { name, size, digits }: ProgressUnit = images,
): (done: number, total: number) => void {
  const { stderr } = process;
  const meter = new PaceMeter();
  let lastTenth = -1;
  let lastDrawn = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const share = total > 0 ? done / total : 1;
    const { rate } = meter.report(done, total, performance.now() / 1000);
    const count = (amount: number) => (amount / size).toFixed(digits);
    const speed = rate === null ? '' : `  ${count(rate.perSecond)} ${name}/s  ${rate.secondsLeft} s left`;
    const text = `${what} ${count(done)}/${count(total)}${speed}`;
    if (stderr.isTTY) {
      if (done < total && performance.now() - lastDrawn < 100) return;
      lastDrawn = performance.now();
      const cells = Math.round(share * 30);
      stderr.write(`\r\u001b[K${'█'.repeat(cells)}${'░'.repeat(30 - cells)} ${text}${done >= total ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth > lastTenth) stderr.write(`${text}\n`);
    lastTenth = Math.max(lastTenth, tenth);
  };
}
