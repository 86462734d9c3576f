import { describe, expect, it } from 'vitest';
import { oncePerWish, onStopSignals } from '../src/signals.js';

/** The instants of a series at which a wish is passed on. */
function heardOf(instants: readonly number[]): readonly number[] {
  let now = 0;
  const heard: number[] = [];
  const wish = oncePerWish(
    () => heard.push(now),
    () => now,
  );
  for (now of instants) wish();
  return heard;
}

describe('a wish to stop', () => {
  it('is one however long its key is held', () => {
    const repeats = Array.from({ length: 100 }, (_, index) => 0.66 + index / 30);
    expect(heardOf([0, ...repeats])).toEqual([0]);
  });

  it('is another one when the key is pressed again later', () => {
    expect(heardOf([0, 0.3, 0.8])).toEqual([0, 0.8]);
  });

  it('gets through to somebody who presses a key again and again', () => {
    expect(heardOf([0, 0.2, 0.4, 0.6, 0.8, 1])).toEqual([0, 0.8]);
  });
});

describe('signals that ask to stop', () => {
  it('count as one when they come together, as a terminal and a parent send them', () => {
    let now = 0;
    const heard: string[] = [];
    const off = onStopSignals(
      (signal) => heard.push(signal),
      () => now,
    );
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    now = 0.4;
    process.emit('SIGINT', 'SIGINT');
    expect(heard).toEqual(['SIGINT']);
    now = 0.8;
    process.emit('SIGTERM', 'SIGTERM');
    expect(heard).toEqual(['SIGINT', 'SIGTERM']);
    off();
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  it('do not include SIGHUP, which ends nothing', () => {
    const heard: string[] = [];
    const off = onStopSignals((signal) => heard.push(signal));
    expect(process.emit('SIGHUP', 'SIGHUP')).toBe(true);
    off();
    expect(heard).toEqual([]);
  });
});
