import { describe, expect, it } from 'vitest';
import { onStopSignals } from '../src/signals.js';

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
    now = 0.6;
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
