import { unicodeGlyphs } from './glyphs.js';
import { clock, count, percent } from './numbers.js';

/** How far work is whose steps are counted. */
export interface Pace {
  readonly done: number;
  readonly total: number;
  /** Steps a second, and seconds until all are done; null before there was time to measure them. */
  readonly rate: { readonly perSecond: number; readonly secondsLeft: number } | null;
}

/**
 * Measures from the first report on: what was done by then may have been done by an earlier, interrupted call. Where the count goes back, the work
 * was begun anew, and so is the measurement.
 */
export class PaceMeter {
  private first: { readonly done: number; readonly at: number } | null = null;
  private last = 0;

  /** @param nowSeconds on any clock that runs evenly */
  report(done: number, total: number, nowSeconds: number): Pace {
    if (this.first === null || done < this.last) this.first = { done, at: nowSeconds };
    this.last = done;
    const perSecond = (done - this.first.done) / (nowSeconds - this.first.at);
    const isMeasured = Number.isFinite(perSecond) && perSecond > 0;
    return { done, total, rate: isMeasured ? { perSecond, secondsLeft: Math.ceil((total - done) / perSecond) } : null };
  }
}

/** `packing 12,000 of 60,000 images, 3,100/s, 15 s left` */
export function packingText({ done, total, rate }: Pace): string {
  const [images, all] = [done, total].map((value) => count(value, unicodeGlyphs.unknown));
  const text = `packing ${images} of ${all} images`;
  if (rate === null) return text;
  const { perSecond, secondsLeft } = rate;
  const speed = perSecond < 10 ? String(Number(perSecond.toPrecision(2))) : count(perSecond, unicodeGlyphs.unknown);
  return `${text}, ${speed}/s, ${secondsLeft < 60 ? `${secondsLeft} s` : clock(secondsLeft)} left`;
}

/** The same where there is little room: `packing, 20 %`. */
export function shortPackingText({ done, total }: Pace): string {
  return `packing, ${percent(done / Math.max(1, total))}`;
}
