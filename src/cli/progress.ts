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
  const start = performance.now();
  let lastTenth = -1;
  let lastDrawn = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const share = total > 0 ? done / total : 1;
    const seconds = (performance.now() - start) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
    const count = (amount: number) => (amount / size).toFixed(digits);
    const text = `${what} ${count(done)}/${count(total)}  ${count(rate)} ${name}/s  ${left} s left`;
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
