import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/training/checkpoint.js';
import type { RungAssignment, TrialMessage } from '../../src/trial/protocol.js';
import { Child, entry } from './child.js';
import { tinyPack } from './tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'trial-'));
let data = '';
beforeAll(async () => {
  data = await tinyPack(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const configuration = {
  'network.width': 4,
  'network.stages': 2,
  resolution: 16,
  'optimizer.batchSize': 16,
  'optimizer.learningRate': 2,
  'augmentation.pad': 0.05,
  'average.decay': 0.9,
};

const base = () => ({ sentAtSeconds: 10, killAtSeconds: 100, data, seed: 'seed', configuration });

function rung(directory: string, more: Partial<RungAssignment> = {}): RungAssignment {
  return {
    type: 'rung',
    ...base(),
    resolution: 16,
    threads: 1,
    memoryShare: 1,
    saveEverySeconds: 5,
    trial: 0,
    rung: 0,
    unit: 'samples',
    from: 0,
    to: 640,
    anneal: 'trunk',
    cooldown: 0.4,
    subset: 1,
    resample: false,
    classes: 1,
    directory: join(folder, directory),
    ...more,
  };
}

type Cost = Pick<
  Extract<TrialMessage, { type: 'rung-result' }>,
  'wallSeconds' | 'trainSeconds' | 'dataSeconds' | 'evaluateSeconds' | 'checkpointSeconds'
>;

/** The named parts of an assignment's time are all there, and together no longer than the whole. */
function expectPartsOf({ wallSeconds, trainSeconds, dataSeconds, evaluateSeconds, checkpointSeconds }: Cost): void {
  for (const part of [dataSeconds, checkpointSeconds]) expect(part).toBeGreaterThan(0);
  expect(dataSeconds).toBeLessThan(trainSeconds);
  expect(trainSeconds + evaluateSeconds + checkpointSeconds).toBeLessThanOrEqual(wallSeconds);
}

describe('a trial process', () => {
  it('says hello, trains, promotes, predicts, and ends when its input closes', async () => {
    const child = new Child();
    expect(await child.until('hello')).toMatchObject({ engine: 'wasm', pid: child.process.pid, unavailable: [] });

    child.send(rung('climb'));
    const first = await child.until('rung-result');
    expect(first).toMatchObject({ images: 640, evaluatedImages: 32 });
    expectPartsOf(first);
    expect(readCheckpoint(join(folder, 'climb', 'trunk.checkpoint')).position).toEqual({
      step: 24,
      images: 384,
      resource: 384,
    });

    child.send(rung('climb', { rung: 1, from: 640, to: 1600 }));
    const second = await child.until('rung-result');
    expect(second.images).toBe(0.6 * 960 + 0.4 * 1600);
    expect(second.score).toBeGreaterThan(0.9);

    const predictions = join(folder, 'climb', 'predictions.csv');
    child.send({ type: 'predict', ...base(), memoryShare: 1, threads: 1, checkpoint: second.model ?? '', predictions });
    await child.until('predict-result');
    const [header, ...rows] = readFileSync(predictions, 'utf8').trimEnd().split('\n');
    expect(header).toBe('image_id,label');
    expect(rows).toHaveLength(10);
    const right = rows.filter((row, index) => row === `test${index},${index % 2 === 0 ? 'above' : 'below'}`);
    expect(right.length).toBeGreaterThanOrEqual(9);
    expect(await child.hangUp()).toBe(1);
  });

  it('goes on after a stop as if there had been none, to the bit', async () => {
    const child = new Child();
    child.send(rung('whole', { to: 8_000 }));
    await child.until('rung-result');
    child.send(rung('parts', { to: 8_000 }));
    await child.until('progress');
    child.send({ type: 'stop' });
    const answer = await child.until('stopped', 'rung-result');
    if (answer.type === 'stopped') {
      child.send(rung('parts', { to: 8_000 }));
      await child.until('rung-result');
    }
    const bytes = (name: string) => readFileSync(join(folder, name, 'model.checkpoint'));
    expect(bytes('parts').equals(bytes('whole'))).toBe(true);
    await child.hangUp();
  });

  it.each([
    ['its trunk', 'trunk.checkpoint'],
    ['its cooldown', 'rung.checkpoint'],
  ])('goes on after a kill -9 in %s as if there had been none, to the bit', async (_, file) => {
    const name = `killed-${file}`;
    const given = { to: 4_096, cooldown: 0.5, saveEverySeconds: 0.02 };
    const child = new Child();
    child.send(rung(`${name}-whole`, given));
    await child.until('rung-result');
    child.send(rung(name, given));
    let saved = await child.until('checkpoint');
    while (!saved.path.endsWith(file)) saved = await child.until('checkpoint');
    const exit = once(child.process, 'exit');
    child.process.kill('SIGKILL');
    await exit;
    const next = new Child();
    next.send(rung(name, given));
    const result = await next.until('rung-result');
    expect(result.images).toBeLessThanOrEqual(4_096 - saved.images);
    const bytes = (of: string) => readFileSync(join(folder, of, 'model.checkpoint'));
    expect(bytes(name).equals(bytes(`${name}-whole`))).toBe(true);
    await next.hangUp();
  });

  it('lands a final run with two replicas before its end, with predictions and a model', async () => {
    const child = new Child();
    await child.until('hello');
    const directory = join(folder, 'final');
    const predictions = join(directory, 'predictions.csv');
    child.send({
      type: 'final',
      ...base(),
      resolution: 16,
      threads: 2,
      useValidation: true,
      views: 2,
      rateCheck: null,
      beganAtSeconds: 10,
      endsAtSeconds: 15,
      memoryShare: 1,
      saveEverySeconds: 5,
      learningRateFactor: 1,
      directory,
      predictions,
    });
    const result = await child.until('final-result');
    expect(result).toMatchObject({ score: null, predictions });
    expect(result.wallSeconds).toBeLessThanOrEqual(5);
    expect(result.wallSeconds).toBeGreaterThan(3);
    expectPartsOf(result);
    expect(result.inferenceSeconds).toBeGreaterThan(0);
    expect(readFileSync(predictions, 'utf8').trimEnd().split('\n')).toHaveLength(11);
    expect(readCheckpoint(result.model ?? '').position.images).toBe(result.images);
    await child.hangUp();
  });

  it('reports data that are not there as a failure and takes the next assignment', async () => {
    const child = new Child();
    child.send(rung('missing', { data: join(folder, 'nowhere') }));
    const { reason, message } = await child.until('failed');
    expect({ reason, message }).toEqual({ reason: 'data', message: expect.stringContaining('nowhere') });
    child.send({
      type: 'probe',
      sentAtSeconds: 0,
      killAtSeconds: 50,
      threads: 1,
      classes: 2,
      candidates: [configuration],
      secondsEach: 0.1,
    });
    const { rates } = await child.until('probe-result');
    expect(rates[0]?.trainImagesPerSecond).toBeGreaterThan(0);
    await child.hangUp();
  });

  it('says why it cannot start and ends', async () => {
    const child = new Child({ HYPERBUDGET_ENGINE: 'abacus' });
    expect((await child.until('failed')).message).toContain('abacus');
    expect(await child.hangUp()).toBe(1);
  });

  it('ends in the middle of training when its input closes', async () => {
    const child = new Child();
    child.send(rung('closed', { to: 1e9 }));
    await child.until('progress');
    expect(await child.hangUp()).toBe(1);
    expect(existsSync(join(folder, 'closed', 'model.checkpoint'))).toBe(false);
  });

  it('ends when its parent is killed, although its input stays open', async () => {
    const fifo = join(folder, 'input');
    execFileSync('mkfifo', [fifo]);
    // Open for reading and writing: whoever holds it never sees its end.
    const input = openSync(fifo, 'r+');
    const script = `require('node:child_process').spawn(process.execPath, ['${entry}'], { stdio: [0, 'ignore', 'ignore', 3] })`;
    const parent = spawn(process.execPath, ['-e', script], {
      stdio: [input, 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, HYPERBUDGET_ENGINE: 'wasm' },
    });
    const reports = parent.stdio[3] as Readable;
    await once(reports, 'data');
    const end = once(reports, 'end');
    reports.resume();
    parent.kill('SIGKILL');
    await end;
    closeSync(input);
  });

  it('ends itself when it still works 5 s after its time', async () => {
    const child = new Child();
    const exit = once(child.process, 'exit');
    child.send(rung('late', { to: 1e9, killAtSeconds: 10 }));
    expect(await exit).toEqual([null, 'SIGKILL']);
  });
});
