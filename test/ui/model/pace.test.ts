import { describe, expect, test } from 'vitest';
import { PaceMeter, packingText, shortPackingText } from '../../../src/ui/model/pace.js';
import { emptyState, searchState } from '../canned.js';
import { frame } from '../frame.js';

describe('the pace of packing', () => {
  test('is measured from the first report on', () => {
    const meter = new PaceMeter();
    expect(meter.report(600, 1000, 100).rate).toBeNull();
    expect(meter.report(700, 1000, 110).rate).toEqual({ perSecond: 10, secondsLeft: 30 });
    expect(meter.report(1000, 1000, 120).rate).toEqual({ perSecond: 20, secondsLeft: 0 });
  });

  test('is measured anew where the count goes back', () => {
    const meter = new PaceMeter();
    meter.report(0, 1000, 0);
    meter.report(900, 1000, 10);
    expect(meter.report(10, 1000, 20).rate).toBeNull();
    expect(meter.report(20, 1000, 30).rate).toEqual({ perSecond: 1, secondsLeft: 980 });
  });

  test('is unknown where no time or no image has passed', () => {
    const meter = new PaceMeter();
    meter.report(5, 10, 1);
    expect(meter.report(6, 10, 1).rate).toBeNull();
    expect(new PaceMeter().report(5, 10, 1).rate).toBeNull();
  });

  test('is told in words', () => {
    const at = (perSecond: number, secondsLeft: number) =>
      packingText({ done: 12_000, total: 60_000, rate: { perSecond, secondsLeft } });
    expect(at(3100.4, 15)).toBe('packing 12,000 of 60,000 images, 3,100/s, 15 s left');
    expect(at(4.26, 761)).toBe('packing 12,000 of 60,000 images, 4.3/s, 12:41 left');
    expect(packingText({ done: 5, total: 60, rate: null })).toBe('packing 5 of 60 images');
    expect(shortPackingText({ done: 12_000, total: 60_000, rate: null })).toBe('packing, 20 %');
  });

  test('stands in the place of the phase, on terminals of every width', () => {
    const packing = { done: 12_000, total: 60_000, rate: { perSecond: 3100, secondsLeft: 15 } };
    const state = { ...emptyState, created: searchState().created };
    const first = (columns: number, rows = 24) => frame(state, 20, { columns, rows, packing })[0];
    expect(first(80)).toMatch(/^ quickstart {2}engine – {2}data fashion-mnist +● packing, 20 % $/);
    expect(first(70)).toMatch(/^ quickstart {2}engine – {2}data fashion-mnist +● packing, 20 % $/);
    expect(first(40)).toMatch(/^● packing, 20 % {2}5:40 left of 6:00/);
  });

  test('stands there in full where no other line has it and there is room', () => {
    const packing = { done: 12_000, total: 60_000, rate: { perSecond: 3100, secondsLeft: 15 } };
    const state = { ...emptyState, created: searchState().created };
    const low = (columns: number) => frame(state, 20, { columns, rows: 15, packing }).join('\n');
    expect(low(100)).toMatch(/data fashion-mnist +● packing 12,000 of 60,000 images, 3,100\/s, 15 s left $/m);
    expect(low(80)).toMatch(/data fashion-mnist +● packing, 20 % $/m);
  });
});
