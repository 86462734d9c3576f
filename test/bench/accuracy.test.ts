import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ablationTable } from '../../bench/accuracy/ablation-table.js';
import { meanInterval, pairedDifference } from '../../bench/accuracy/interval.js';
import { pairsOf, stacked } from '../../bench/accuracy/pairs.js';
import { peersTable } from '../../bench/accuracy/peers-table.js';
import { type ProxyLine, proxyOf, proxyTable } from '../../bench/accuracy/proxies.js';
import { ResultLines, wholeLines } from '../../bench/accuracy/result-lines.js';
import { splitLabelled } from '../../bench/accuracy/split.js';

describe('labelled images divided anew', () => {
  const images = Array.from({ length: 60 }, (_, index) => ({ id: `i${index}`, className: index < 40 ? 'a' : 'b' }));
  const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  const ofA = (rows: readonly { readonly className: string }[]) =>
    rows.filter(({ className }) => className === 'a').length;

  it('go into one part each, with the same part of every class', () => {
    const { train, validation, test } = splitLabelled(images, { test: 0.2, validation: 0.1 }, 's');
    expect([...ids(train), ...ids(validation), ...ids(test)].sort()).toEqual(ids(images).sort());
    expect([ofA(train), ofA(validation), ofA(test)]).toEqual([28, 4, 8]);
    expect([train.length, validation.length, test.length]).toEqual([42, 6, 12]);
  });

  it('differ by seed and are the same for one', () => {
    const test = (seed: string) => ids(splitLabelled(images, { test: 0.2, validation: 0.1 }, seed).test);
    expect(test('s')).toEqual(test('s'));
    expect(test('s')).not.toEqual(test('t'));
  });

  it('may be so many of each class, and the rest for the test', () => {
    const { train, validation, test } = splitLabelled(images, { train: 5, validation: 2, test: 'rest' }, 's');
    expect([train.length, validation.length, ofA(test), test.length]).toEqual([10, 4, 33, 46]);
  });

  it('are refused where a class has too few', () => {
    expect(() => splitLabelled(images, { train: 15, validation: 5, test: 'rest' }, 's')).toThrow(/^class b: 20 images/);
  });
});

describe('pairs of classes as classes', () => {
  it('use no image twice and have as many members each', () => {
    const pools = [0, 1, 2].map(() => Array.from({ length: 24 }, (_, index) => index));
    const pairs = pairsOf(pools, 4, 's');
    const names = pairs.map(({ className }) => className);
    for (let label = 0; label < 9; label++)
      expect(
        names.filter((name) => name === String(label)),
        String(label),
      ).toHaveLength(4);
    expect(names).toHaveLength(36);
    const used = pairs.flatMap(({ top, bottom }) => [top, bottom]).map(({ label, index }) => `${label}:${index}`);
    expect(new Set(used).size).toBe(72);
    for (const { className, top, bottom } of pairs) expect(className).toBe(String(3 * top.label + bottom.label));
    expect(() => pairsOf(pools, 5, 's')).toThrow('class 0: expected 30 images, got 24');
  });

  it('stand one above the other, each at half its height', () => {
    const top = Uint8Array.from({ length: 16 }, (_, index) => 10 * Math.floor(index / 4));
    const image = stacked(top, new Uint8Array(16).fill(100), 4);
    expect([...image.subarray(0, 8)]).toEqual([5, 5, 5, 5, 25, 25, 25, 25]);
    expect([...image.subarray(8)]).toEqual(new Array(8).fill(100));
  });
});

describe('the interval of a mean', () => {
  it("is Student's", () => {
    const { mean, low, high } = meanInterval([1, 2, 3, 4, 5]);
    // Deviation 1.5811, four degrees of freedom: 2.776 · 1.5811 / √5.
    expect([mean, low, high].map((value) => Number(value.toFixed(3)))).toEqual([3, 1.037, 4.963]);
    const many = meanInterval(Array.from({ length: 41 }, (_, index) => index % 2));
    // 40 degrees of freedom: 2.021.
    expect(many.high - many.mean).toBeCloseTo((2.021 * 0.50606) / Math.sqrt(41), 3);
  });

  it('of one value says nothing', () => {
    expect(meanInterval([3])).toEqual({
      count: 1,
      mean: 3,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
  });
});

const line = (split: number, seed: number, accuracy: number) => ({ split, seed, accuracy });

describe('a paired difference', () => {
  it('compares what shares split and seed, and nothing else', () => {
    const ours = [line(0, 0, 0.9), line(0, 1, 0.8), line(1, 0, 0.7)];
    const base = [line(0, 1, 0.7), line(0, 0, 0.8), line(2, 0, 0.1)];
    const difference = pairedDifference(ours, base);
    expect(difference?.count).toBe(2);
    expect(difference?.mean).toBeCloseTo(0.1);
    expect(pairedDifference(ours, [line(7, 7, 0.5)])).toBeNull();
  });

  it('is less sure by split, where pairs of a split agree with each other more than with others', () => {
    const seeds = [0, 1, 2, 3];
    const ours = [0, 1, 2].flatMap((split) => seeds.map((seed) => line(split, seed, 0.5 + split / 10 + seed / 1000)));
    const base = [0, 1, 2].flatMap((split) => seeds.map((seed) => line(split, seed, 0.5)));
    const difference = pairedDifference(ours, base);
    if (difference === null) throw new Error('expected a difference');
    expect(difference.bySplit.count).toBe(3);
    expect(difference.bySplit.mean).toBeCloseTo(difference.mean);
    expect(difference.low).toBeGreaterThan(0);
    expect(difference.bySplit.low).toBeLessThan(0);
  });
});

describe('the table of an ablation', () => {
  const run = (variant: string, seed: number, accuracy: number) => ({
    ...line(0, seed, accuracy),
    ...{ variant, images: 100, epochs: 2, trainSeconds: 9 },
  });

  it('tells by its interval whether a variant is better, worse or neither', () => {
    const accuracies = { mixed: [0.1, -0.1, 0], better: [0.02, 0.021, 0.019], worse: [-0.02, -0.021, -0.019] };
    const base = [0.7, 0.8, 0.9];
    const lines = [
      ...Object.entries(accuracies).flatMap(([name, shifts]) =>
        shifts.map((shift, seed) => run(name, seed, (base[seed] ?? 0) + shift)),
      ),
      ...base.map((accuracy, seed) => run('base', seed, accuracy)),
    ];
    const [, first, ...others] = ablationTable(lines);
    expect(first).toMatch(/^base +3 +80\.00 +10\.00 +2\.0 +9\.0$/);
    expect(others).toEqual([
      expect.stringMatching(/^mixed .* \+0\.00 .*unclear$/),
      expect.stringMatching(/^better .* \+2\.00 .*better$/),
      expect.stringMatching(/^worse .* -2\.00 .*worse$/),
    ]);
  });
});

describe('the table of a comparison', () => {
  const run = (method: string, seed: number, accuracy: number | null, lateSeconds: number) => ({
    ...{ method, split: 0, seed, accuracy, lateSeconds },
  });

  it('tells how far ours lies above each, over the runs that both have made', () => {
    const lines = [
      ...[run('ours', 0, 0.9, -1), run('ours', 1, 0.8, -2), run('ours', 2, 0.1, -1.5)],
      ...[run('other', 0, 0.88, 30), run('other', 1, 0.78, 32), run('other', 2, null, 300)],
    ];
    const [, ours, other] = peersTable(lines);
    expect(ours).toMatch(/^ours +3 +0 +60\.00 +43\.59 +-1\.5 \(-2\.0 to -1\.0\)$/);
    expect(other).toMatch(
      /^other +2 +1 +83\.00 +7\.07 +\+120\.7 \(\+30\.0 to \+300\.0\) +\+2\.00 +\[\+2\.00, \+2\.00\]$/,
    );
  });
});

describe('proxies', () => {
  it('are read from their names', () => {
    expect(proxyOf('full')).toEqual({ name: 'full', subset: 1, classes: 1, resolution: 1, resample: false });
    expect(proxyOf('classes:0.5+resolution:0.75')).toMatchObject({ subset: 1, classes: 0.5, resolution: 0.75 });
    expect(proxyOf('subset:0.1+resample')).toMatchObject({ subset: 0.1, resample: true });
    for (const text of ['half', 'subset', 'subset:0', 'subset:2', 'full:1'])
      expect(() => proxyOf(text), text).toThrow(/^--proxies: expected full, or subset/);
  });

  const ends = [0.5, 0.6, 0.7, 0.8, 0.9];
  const short = { subset: [0.1, 0.2, 0.3, 0.4, 0.5], resolution: [0.5, 0.9, 0.3, 0.2, 0.1] };
  const lines: readonly ProxyLine[] = ends.flatMap((accuracy, number) => [
    { kind: 'end', number, seconds: 60, accuracy: accuracy - 0.01, wallSeconds: 60 },
    { kind: 'end', number, seconds: 60, accuracy: accuracy + 0.01, wallSeconds: 60 },
    ...Object.entries(short).map(([proxy, scores]) => ({
      ...{ kind: 'proxy' as const, number, seconds: 6, proxy, accuracy: scores[number] ?? 0, wallSeconds: 7.5 },
    })),
  ]);

  it('are told by how they rank, what they cost, and what taking their best would cost', () => {
    const [head, again, subset, resolution] = proxyTable(lines, 2);
    expect(new Set([head, again, subset, resolution].map((line) => line?.length)).size).toBe(1);
    expect(again).toMatch(/^an end with another +5 +60\.0 +100 % +1\.00 \[.*\] +– +0\.00$/);
    expect(subset).toMatch(/^6 s subset +5 +7\.5 +13 % +1\.00 \[.*\] +– +0\.00$/);
    // Ranks 4 5 3 2 1 against 1 2 3 4 5; the second configuration ends 30 points below the last.
    expect(resolution).toMatch(/^6 s resolution +5 +7\.5 +13 % +-0\.90 \[.*\] +– +30\.00$/);
  });

  it('are told among the better half by themselves, which hopeless configurations do not flatter', () => {
    // The four hopeless ones come last in both; the order of the others is turned round.
    const scores = [0.1, 0.11, 0.12, 0.13, 0.9, 0.8, 0.7, 0.6];
    const wide = [0.2, 0.21, 0.22, 0.23, 0.6, 0.7, 0.8, 0.9].flatMap((accuracy, number): readonly ProxyLine[] => [
      { kind: 'end', number, seconds: 60, accuracy, wallSeconds: 60 },
      { kind: 'proxy', number, seconds: 6, proxy: 'full', accuracy: scores[number] ?? 0, wallSeconds: 7.5 },
    ]);
    const [, full] = proxyTable(wide, 1);
    expect(full).toMatch(/^6 s full +8 +7\.5 +13 % +0\.76 \[.*\] +-1\.00 \[.*\] +30\.00$/);
  });

  it('are compared only where a configuration was trained to its ends', () => {
    const unfinished = lines.filter(({ kind, number, accuracy }) => kind === 'proxy' || number < 4 || accuracy > 0.9);
    const [, , subset] = proxyTable(unfinished, 2);
    expect(subset).toMatch(/^6 s subset +4 /);
  });
});

describe('result lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-lines-'));
  const path = join(folder, 'results.jsonl');
  afterEach(() => rmSync(path, { force: true }));
  const keyOf = ({ seed }: Readonly<Record<string, unknown>>) => String(seed);

  it('are taken up again, without one that a kill has torn', () => {
    writeFileSync(path, '{"seed":0,"accuracy":0.5}\n{"seed":1,"acc');
    const results = new ResultLines(path, keyOf);
    expect(results.of({ seed: 0 })).toEqual({ seed: 0, accuracy: 0.5 });
    expect(results.of({ seed: 1 })).toBeUndefined();
    results.add({ seed: 1, accuracy: 0.6 });
    expect(readFileSync(path, 'utf8')).toBe('{"seed":0,"accuracy":0.5}\n{"seed":1,"accuracy":0.6}\n');
    expect(new ResultLines(path, keyOf).of({ seed: 1 })).toEqual({ seed: 1, accuracy: 0.6 });
  });

  it('are refused where a line in the middle is none', () => {
    expect(() => wholeLines('{"a":1}\nnonsense\n{"a":2}\n', 'file')).toThrow(/^file:2: expected JSON/);
  });
});
