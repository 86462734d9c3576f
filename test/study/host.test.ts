import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBest } from '../../src/report/read-best.js';
import type { StudyEvent } from '../../src/state/events.js';
import { readJournal } from '../../src/study/journal.js';
import { createStudy, readStudy, resumeStudy } from '../../src/study/open.js';
import type { StudyMachine, StudyRequest } from '../../src/study/request.js';
import { checkSubmission } from '../../src/submission/submission.js';
import { fakeNvidiaSmi } from '../engine/gpu/fake-nvidia-smi.js';
import { wholeStudy } from '../report/example-study.js';
import { fakeMachine, temporaryFolder, tinyDataset, tinyRequest, writeJournal } from './tiny-study.js';

async function create(folder: string, changes: Partial<StudyRequest> = {}, machine: Partial<StudyMachine> = {}) {
  const dataset = await tinyDataset(folder);
  return createStudy(tinyRequest(folder, changes), { ...fakeMachine(folder), ...machine }, dataset);
}
/** Trial processes that never find an engine. */
const silent = { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] };
const ids = ['test0', 'test1', 'test2'];
const full = { rows: 3, missing: 0, unknown: 0, duplicates: 0 };

describe('a study in this process', () => {
  it('prepares, trains, and puts the submission in place, in the working directory and in its folder', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    const seen: string[] = [];
    host.subscribe(({ type }) => seen.push(type));
    const state = await host.run();
    close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final', rows: 3 } });
    expect(seen).toEqual([
      ...['submission-written', 'engine-chosen', 'data-packed', 'plan-made', 'final-started', 'final-finished'],
      ...['submission-written', 'study-finished'],
    ]);
    for (const place of [directory, join(folder, 'work')]) {
      expect(checkSubmission(join(place, 'submission.csv'), ids)).toEqual(full);
    }
    expect(readStudy(directory)).toEqual(state);
  });

  it('holds later processes to the engine that its first one has found, and looks for it again when it is taken up', async () => {
    const folder = temporaryFolder();
    // The final run takes more threads than the probe, and so a process of its own.
    const machine = { threads: 2, env: { ...process.env, HYPERBUDGET_FAKES: 'many' } };
    const { host, close, directory } = await create(folder, {}, machine);
    host.subscribe(({ type }) => {
      if (type === 'final-started') host.interrupt();
    });
    const before = await host.run();
    close();
    const resumed = resumeStudy(directory, { ...fakeMachine(folder), ...machine });
    const after = await resumed.host.run();
    resumed.close();
    expect(after).toMatchObject({ finished: { exitCode: 0 }, told: [] });
    expect(before.engine?.engine).toMatch(/^fake-\d+$/);
    expect(after.engine?.engine).toMatch(/^fake-\d+$/);
    expect(after.engine?.engine).not.toBe(before.engine?.engine);
  });

  it('starts its processes with the precision that was asked for, also when it is taken up', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, { precision: 'bf16', gpuMemoryBytes: 4e9 });
    host.subscribe(({ type }) => {
      if (type === 'engine-chosen') host.interrupt();
    });
    const before = await host.run();
    close();
    expect(before).toMatchObject({ engine: { precision: 'bf16' }, created: { gpuMemoryBytes: 4e9 } });
    const resumed = resumeStudy(directory, fakeMachine(folder));
    const after = await resumed.host.run();
    resumed.close();
    expect(after).toMatchObject({ finished: { exitCode: 0 }, engine: { precision: 'bf16' } });
  });

  it('has a submission of the most frequent class before anything is prepared', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, {}, silent);
    host.subscribe(({ type }) => {
      if (type === 'submission-written') host.interrupt();
    });
    const state = await host.run();
    close();
    expect(state).toMatchObject({ phase: 'interrupted', submission: { source: 'class-prior', rows: 3 }, data: null });
    for (const place of [directory, join(folder, 'work')]) {
      const text = readFileSync(join(place, 'submission.csv'), 'utf8');
      expect(text).toBe('image_id,label\ntest0,even\ntest1,even\ntest2,even\n');
    }
  });

  it('keeps the submission that stands when the final predictions are not there', async () => {
    const folder = temporaryFolder();
    const { host, close } = await create(folder, { given: { resolution: 8, behaviour: 'no-predictions' } });
    const state = await host.run();
    close();
    expect(state.finished).toMatchObject({ exitCode: 4, reason: expect.stringContaining('predictions.csv') });
    expect(checkSubmission(join(folder, 'work', 'submission.csv'), ids)).toEqual(full);
  });

  it('can be interrupted while it looks for an engine, and be taken up again', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, { budgetSeconds: 3600 }, silent);
    const running = host.run();
    host.interrupt('a signal');
    const state = await running;
    close();
    expect(state).toMatchObject({ phase: 'interrupted', finished: null });
    const resumed = resumeStudy(directory, fakeMachine(folder));
    expect((await resumed.host.run()).finished).toMatchObject({ exitCode: 0 });
    resumed.close();
  });

  it('stops preparing before the deadline: the first submission stands then', async () => {
    const folder = temporaryFolder();
    const { host, close } = await create(folder, { budgetSeconds: 0.8 }, silent);
    const state = await host.run();
    close();
    expect(state.finished).toMatchObject({ exitCode: 4, reason: 'preparing the data took the whole budget' });
    expect(state.finished?.at).toBeLessThan(0.8 + 1);
    expect(checkSubmission(join(folder, 'work', 'submission.csv'), ids)).toEqual(full);
  });

  it('goes on where it was killed in the last hundredth of its budget', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, { budgetSeconds: 10_000 });
    host.subscribe(({ type }) => {
      if (type === 'final-started') host.interrupt();
    });
    await host.run();
    close();
    const { events } = readJournal(join(directory, 'journal.jsonl'));
    writeJournal(folder, events, Date.now() / 1000 - 9_950);
    const resumed = resumeStudy(directory, fakeMachine(folder));
    const state = await resumed.host.run();
    resumed.close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
  });

  it('keeps its submission in its own folder while it cannot be written elsewhere, says so once, and tries again', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    const target = join(folder, 'work', 'submission.csv');
    mkdirSync(join(target, 'in the way'), { recursive: true });
    host.subscribe(({ type }) => {
      if (type === 'study-finished') rmSync(target, { recursive: true });
    });
    const state = await host.run();
    close();
    expect(state.finished).toMatchObject({
      exitCode: 4,
      reason: expect.stringContaining('the final model is trained, but'),
    });
    expect(state.told).toMatchObject([{ message: expect.stringContaining('submission.csv could not be written') }]);
    for (const place of [directory, join(folder, 'work')]) {
      expect(checkSubmission(join(place, 'submission.csv'), ids)).toEqual(full);
    }
    // The last try came after the end.
    expect(state.submission).toMatchObject({ source: 'final', path: join(directory, 'submission.csv') });
    expect(host.state().submission).toMatchObject({ source: 'final', path: target });
  });

  it('has packed data repaired that a trial could not read, and tries again', async () => {
    const folder = temporaryFolder();
    const { host, close } = await create(folder, { given: { resolution: 8, behaviour: 'read' } });
    host.subscribe((event) => {
      if (event.type === 'data-packed') truncateSync(join(event.directory, 'train-00000.8.rgb'), 100);
    });
    const reasons: string[] = [];
    host.subscribe((event) => {
      if (event.type === 'final-failed') reasons.push(event.reason);
    });
    const state = await host.run();
    close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    expect(reasons).toEqual(['data']);
    expect(state.told).toMatchObject([{ message: expect.stringMatching(/were damaged: 6 images were packed again/) }]);
  });

  it('packs in its own folder where the cache cannot be written, and says so', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { host, close, directory } = await create(folder, {}, { cacheDirectory: join(folder, 'file', 'cache') });
    const state = await host.run();
    close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    expect(state.data?.directory.startsWith(join(directory, 'packed'))).toBe(true);
    expect(state.told).toMatchObject([{ message: expect.stringMatching(/cannot be packed in .*packed is tried$/) }]);
  });

  it('throws what made it impossible to go on, and can be taken up once that is mended', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, {}, { command: ['/no/such/program'] });
    await expect(host.run()).rejects.toThrow(/engine probe: the trial process failed \(crash\).*ENOENT/);
    close();
    expect(readStudy(directory)).toMatchObject({ phase: 'interrupted', finished: null });
    expect(readStudy(directory).told).toMatchObject([
      { message: expect.stringMatching(/tried once more without native-gpu, webgpu$/) },
      { message: expect.stringMatching(/tried once more without native-gpu, webgpu, native-cpu$/) },
    ]);
  });
});

describe('a study on a GPU', () => {
  const onGpu = (kind: 'modest' | 'greedy') => ({
    threads: 2,
    env: { ...fakeNvidiaSmi().env, HYPERBUDGET_FAKES: kind },
  });

  it('trains one at a time within the cap, and journals it', async () => {
    const folder = temporaryFolder();
    const { host, close } = await create(folder, { gpuMemoryBytes: 5e9 }, onGpu('modest'));
    const state = await host.run();
    close();
    expect(state).toMatchObject({
      finished: { exitCode: 0 },
      engine: { engine: 'native-gpu', slots: 1, threads: 2 },
      gpuMemory: { limitBytes: 5e9, poolBytes: (4768 - 1536 - 128) * 2 ** 20 },
      told: [{ message: "GPU memory: TensorFlow's pool may grow to 3104 MiB, the whole study to 4768 MiB" }],
    });
  });

  it('goes on without the GPU where the cap did not take, and says so', async () => {
    const folder = temporaryFolder();
    const { host, close } = await create(folder, {}, onGpu('greedy'));
    const state = await host.run();
    close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, engine: { engine: 'fake' }, gpuMemory: null });
    expect(state.told[0]?.message).toMatch(
      /the cap on GPU memory did not take: .* takes as much as 40000 MiB.* once more without native-gpu, webgpu$/,
    );
  });

  it('trains nothing where the cap did not take on the engine that its user has named', async () => {
    const folder = temporaryFolder();
    const { threads, env } = onGpu('greedy');
    const named = { threads, env: { ...env, HYPERBUDGET_ENGINE: 'native-gpu' } };
    const { host, close, directory } = await create(folder, {}, named);
    await expect(host.run()).rejects.toThrow(/the cap on GPU memory did not take: .* takes as much as 40000 MiB/);
    close();
    expect(readStudy(directory)).toMatchObject({ phase: 'interrupted', engine: null, gpuMemory: null });
  });
});

describe('a study taken up again', () => {
  it('is not ended by what the user can mend', async () => {
    const folder = temporaryFolder();
    const { close, directory } = await create(folder);
    close();
    rmSync(join(folder, 'data'), { recursive: true });
    const lost = resumeStudy(directory, fakeMachine(folder));
    await expect(lost.host.run()).rejects.toThrow(/expected a folder with a data set/);
    lost.close();
    expect(readStudy(directory)).toMatchObject({ phase: 'interrupted', finished: null });
  });

  it('needs no more than its packed data in its final phase: the data set may be gone', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    host.subscribe(({ type }) => {
      if (type === 'final-started') host.interrupt();
    });
    await host.run();
    close();
    rmSync(join(folder, 'data'), { recursive: true });
    const resumed = resumeStudy(directory, fakeMachine(folder));
    const state = await resumed.host.run();
    resumed.close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
  });

  it('packs again in its final phase what is missing', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    host.subscribe(({ type }) => {
      if (type === 'final-started') host.interrupt();
    });
    const { data } = await host.run();
    close();
    rmSync(join(data?.directory ?? '', 'train-00000.8.rgb'));
    const resumed = resumeStudy(directory, fakeMachine(folder));
    expect((await resumed.host.run()).finished).toMatchObject({ exitCode: 0 });
    resumed.close();
    expect(existsSync(join(data?.directory ?? '', 'train-00000.8.rgb'))).toBe(true);
  });

  it('refuses other data than it began with', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    const stop = host.subscribe(({ type }) => {
      if (type === 'data-packed') host.interrupt();
    });
    await host.run();
    stop();
    close();
    writeFileSync(
      join(folder, 'data', 'train', 'train0.png'),
      readFileSync(join(folder, 'data', 'train', 'train5.png')),
    );
    const other = resumeStudy(directory, fakeMachine(folder));
    await expect(other.host.run()).rejects.toThrow(/expected the data of the study's start .* got other data/);
    other.close();
  });

  it('finds its packed data in another cache', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    host.subscribe(({ type }) => {
      if (type === 'data-packed') host.interrupt();
    });
    await host.run();
    close();
    rmSync(join(folder, 'cache'), { recursive: true });
    const moved = resumeStudy(directory, { ...fakeMachine(folder), cacheDirectory: join(folder, 'other') });
    const state = await moved.host.run();
    moved.close();
    expect(state.finished).toMatchObject({ exitCode: 0 });
    expect(state.data?.directory.startsWith(join(folder, 'other'))).toBe(true);
  });

  it('repairs packed data in which a single bit has changed', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder);
    host.subscribe(({ type }) => {
      if (type === 'data-packed') host.interrupt();
    });
    const { data } = await host.run();
    close();
    const shard = join(data?.directory ?? '', 'train-00000.8.rgb');
    const whole = readFileSync(shard);
    const changed = Buffer.from(whole);
    changed[77] = (changed[77] ?? 0) ^ 1;
    writeFileSync(shard, changed);
    const resumed = resumeStudy(directory, fakeMachine(folder));
    expect((await resumed.host.run()).finished).toMatchObject({ exitCode: 0 });
    resumed.close();
    expect(readFileSync(shard)).toEqual(whole);
  });

  it('plans with the cores that are there now', async () => {
    const folder = temporaryFolder();
    const { host, close, directory } = await create(folder, {}, { threads: 3 });
    host.subscribe(({ type }) => {
      if (type === 'data-packed') host.interrupt();
    });
    await host.run();
    close();
    expect(readStudy(directory).engine).toMatchObject({ slots: 3, threads: 3 });
    const smaller = resumeStudy(directory, fakeMachine(folder));
    expect((await smaller.host.run()).engine).toMatchObject({ slots: 1, threads: 1 });
    smaller.close();
  });
});

describe('a study taken up after its deadline', () => {
  const until = (type: StudyEvent['type']) =>
    wholeStudy.slice(
      0,
      wholeStudy.findIndex((event) => event.type === type),
    );
  const prior: StudyEvent = {
    type: 'submission-written',
    at: 1,
    source: 'class-prior',
    trial: null,
    rung: null,
    rows: 3,
    path: '/submission.csv',
  };
  const late = async (folder: string, events: readonly StudyEvent[]) => {
    const { host, close, directory } = resumeStudy(writeJournal(folder, events, 1e9), fakeMachine(folder));
    const state = await host.run();
    close();
    return { state, directory };
  };

  it('puts its newest submission in place again and trains nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'study'));
    writeFileSync(join(folder, 'study', 'submission.csv'), 'image_id,label\na,x\n');
    const { state } = await late(folder, [...until('search-ended'), prior]);
    expect(state.finished).toMatchObject({ exitCode: 4, reason: expect.stringContaining('deadline had passed') });
    expect(readFileSync(join(folder, 'work', 'submission.csv'), 'utf8')).toBe('image_id,label\na,x\n');
  });

  it('falls back where better predictions cannot be read any more, and says so', async () => {
    const { state } = await late(
      temporaryFolder(),
      [prior, ...until('submission-written')].toSorted((a, b) => a.at - b.at),
    );
    expect(state.finished).toMatchObject({ exitCode: 4 });
    expect(state.told.at(-1)?.message).toMatch(/\/pack/);
  });

  it('is done where its final model stands and no submission is wanted', async () => {
    const without = until('submission-written').map((event) =>
      event.type === 'study-created' ? { ...event, submissionPath: null } : event,
    );
    expect((await late(temporaryFolder(), without)).state.finished).toMatchObject({ exitCode: 0 });
  });

  it('writes its best configurations', async () => {
    const { state, directory } = await late(temporaryFolder(), [...until('search-ended'), prior]);
    expect(readBest(join(directory, 'best.json')).configurations.map(({ trial }) => trial)).toEqual([1, 0]);
    expect(state.finished).toMatchObject({ exitCode: 4 });
  });

  it('has failed where nothing stands', async () => {
    const folder = temporaryFolder();
    const { state, directory } = await late(folder, until('trial-created'));
    expect(state.finished).toMatchObject({ exitCode: 1 });
    expect(existsSync(join(directory, 'best.json'))).toBe(false);
  });
});
