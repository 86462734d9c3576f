import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../src/errors.js';
import { bestFromState, bestJsonSchema, formatBest, writeBest } from '../../src/report/best.js';
import { readBest } from '../../src/report/read-best.js';
import type { StudyEvent } from '../../src/state/events.js';
import { preparation, stateOf, wholeStudy } from './example-study.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'best-'));
  path = join(folder, 'best.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the committed JSON schema is the one that the code has; run `npx vitest run test/report -u` after a change', async () => {
  await expect(`${JSON.stringify(bestJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../schemas/best.schema.json');
});

test('best.json names study, space, data, engine with its throughput, and the trials from best to worst', () => {
  const best = bestFromState(stateOf(wholeStudy), 5);
  expect(best).toMatchObject({
    version: 1,
    study: 'clothes',
    createdAt: new Date((1_800_000_000 + 357) * 1000).toISOString(),
    budgetSeconds: 360,
    seed: 7,
    space: { source: 'quickstart.yaml', hash: '0123456789abcdef', plain: { name: 'quickstart' } },
    data: { fingerprint: 'f00', classes: 10, train: 48_000, validation: 12_000, test: 10_000 },
    engine: { name: 'wasm', imagesPerSecond: 1000 },
    versions: { hyperbudget: '0.1.0' },
  });
  expect(best.configurations.map(({ rank, trial, score }) => [rank, trial, score])).toEqual([
    [1, 1, 0.87],
    [2, 0, 0.85],
  ]);
});

test('the winner of the search comes first, also where another trial has a higher score, and a stand-in that made the model before it', () => {
  const events = wholeStudy.map((event) => (event.type === 'search-ended' ? { ...event, winner: 0 } : event));
  const order = (given: readonly StudyEvent[], top = 5) =>
    bestFromState(stateOf(given), top).configurations.map(({ rank, trial }) => [rank, trial]);
  const ended = events.slice(0, events.findIndex(({ type }) => type === 'search-ended') + 1);
  expect(order(ended.slice(0, -1))).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(order(ended)).toEqual([
    [1, 0],
    [2, 1],
  ]);
  expect(order(ended, 1)).toEqual([[1, 0]]);
  // Its final training is that of trial 1.
  expect(order(events)).toEqual([
    [1, 1],
    [2, 0],
  ]);
});

test('the engine has the memory that its GPU was seen to hold, where there is one', () => {
  const seen = { limitBytes: 6e9, estimatedBytes: 3e9, allocatedBytes: null, measuredBytes: 4e9 };
  const event: StudyEvent = { type: 'gpu-memory', at: 300, poolBytes: 5e9, overheadBytes: 5e8, ...seen };
  const best = bestFromState(stateOf([...wholeStudy, event]), 1);
  expect(best.engine).toEqual({ name: 'wasm', imagesPerSecond: 1000, gpuMemory: seen });
  writeBest(path, best);
  expect(readBest(path)).toEqual(best);
  expect(bestFromState(stateOf(wholeStudy), 1).engine).not.toHaveProperty('gpuMemory');
});

test('a configuration carries the costs of all its rungs and the seed of its trial', () => {
  expect(bestFromState(stateOf(wholeStudy), 1).configurations).toEqual([
    {
      rank: 1,
      trial: 1,
      score: 0.87,
      rung: 1,
      resource: 30,
      trainSeconds: 40,
      images: 40_000,
      parameters: 77_850,
      configuration: { 'network.family': 'plain', 'optimizer.learningRate': 0.30000000000000004 },
      seed: '7:trial:1',
      origin: 'random',
    },
  ]);
});

test('a study without a finished rung has no configurations and no throughput', () => {
  const best = bestFromState(stateOf(preparation), 5);
  expect([best.configurations, best.engine?.imagesPerSecond]).toEqual([[], null]);
});

test('what is written is read back', () => {
  const best = bestFromState(stateOf(wholeStudy), 5);
  writeBest(path, best);
  expect(readBest(path)).toEqual(best);
  expect(readFileSync(path, 'utf8')).toBe(formatBest(best));
});

const text = formatBest(bestFromState(stateOf(wholeStudy), 5));

test.each([
  ['not JSON', '{\n  "version": 1,\n  oops }', /best\.json:3:3: expected JSON, got "o"; try/],
  ['no JSON from the first character on', 'hello', /best\.json:1:1: expected JSON, got "h"; try/],
  [
    'no JSON in a long line',
    `{"versions": {"a": 1}, "b": [1, 2, x3, ${'4,'.repeat(99)}`,
    /best\.json:1:36: expected JSON, got "x"/,
  ],
  ['nothing', '', /best\.json:1:1: expected JSON, got the end of the file; try/],
  ['cut off', text.slice(0, 200), /best\.json:\d+:\d+: expected JSON, got the end of the file; try/],
  ['a list', '[]', /best\.json:1:1: expected a map, got \[\]; try/],
  ['an empty object', '{}', /best\.json:1:1 version: expected 1, got nothing; try the form/],
  [
    'a time that is none',
    text.replace(/"createdAt": "[^"]+"/, '"createdAt": "today"'),
    /best\.json:\d+:\d+ createdAt: expected a time such as .*, got "today"/,
  ],
  [
    'a newer version',
    text.replace('"version": 1', '"version": 2'),
    /best\.json:2:14: expected version 1, got version 2/,
  ],
  [
    'an unknown key',
    text.replace('"study"', '"script": "rm",\n  "study"'),
    /best\.json:3:13 script: expected no key of this name, got "rm"/,
  ],
  ['a missing key', text.replace('  "seed": 7,\n', ''), /best\.json:1:1 seed: expected a number, got nothing/],
  [
    'a score above 1',
    text.replace('0.87', '87'),
    /best\.json:\d+:16 configurations\.0\.score: expected a number of at most 1, got 87/,
  ],
  [
    'a nested value',
    text.replace('"plain",', '["plain"],'),
    /best\.json:\d+:\d+ configurations\.0\.configuration.*: expected a number, a text, true or false, got \[/,
  ],
])('%s is refused with file, line and column', (_, content, message) => {
  writeFileSync(path, content);
  expect(() => readBest(path)).toThrow(message);
  expect(() => readBest(path)).toThrow(InputError);
});

test('a file that is not there is named', () => {
  expect(() => readBest(path)).toThrow(/best\.json: expected a best\.json, got no such file/);
});

test('the example in the documentation is a best.json', () => {
  const documentation = readFileSync(new URL('../../docs/best-json.md', import.meta.url), 'utf8');
  writeFileSync(path, /```json\n([\s\S]*?)```/.exec(documentation)?.[1] ?? '');
  expect(readBest(path).configurations).toHaveLength(1);
});

test('best.json holds the configuration of the final run, without a score, where no trial finished a rung', () => {
  const events: readonly StudyEvent[] = [
    ...preparation,
    { type: 'trial-created', at: 12, trial: 0, bracket: 0, configuration: { resolution: 28 }, origin: 'given' },
    { type: 'search-ended', at: 12, reason: 'the configuration was given', winner: 0 },
  ];
  const best = bestFromState(stateOf(events), 5);
  expect(best.configurations).toMatchObject([{ rank: 1, trial: 0, score: null, configuration: { resolution: 28 } }]);
  writeBest(path, best);
  expect(readBest(path)).toEqual(best);
});

test('a text of any depth or size is refused without going down all of it', () => {
  const deep = (depth: number) => text.replace('"plain",', `${'['.repeat(depth)}${']'.repeat(depth)},`);
  for (const content of [deep(300_000), '['.repeat(300_000) + ']'.repeat(300_000)]) {
    writeFileSync(path, content);
    expect(() => readBest(path)).toThrow(/best\.json: expected a best\.json of at most 100 levels/);
  }
  truncateSync(path, 65 * 2 ** 20);
  expect(() => readBest(path)).toThrow(/expected a best\.json of at most 64 MiB, got 65 MiB/);
});

test('names that every object has change nothing but are refused', () => {
  for (const name of ['__proto__', 'constructor']) {
    writeFileSync(path, text.replace('"study"', `"${name}": {"polluted": 1},\n  "study"`));
    expect(() => readBest(path)).toThrow(InputError);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  }
});
