import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../src/study/journal.js';
import { createStudy, defaultName, readStudy, resumeStudy } from '../../src/study/open.js';
import { preparation, wholeStudy } from '../report/example-study.js';
import { fillDisk, smallDisk } from './small-disk.js';
import { fakeMachine, temporaryFolder, tinyDataset, tinyRequest, writeJournal } from './tiny-study.js';

const open = async (folder: string, changes: Parameters<typeof tinyRequest>[1] = {}) =>
  createStudy(tinyRequest(folder, changes), fakeMachine(folder), await tinyDataset(folder));

describe('a new study', () => {
  it('stands in its journal as its user asked for it, and tells what was written before anybody could listen', async () => {
    const folder = temporaryFolder();
    const { close, directory, opening } = await open(folder);
    close();
    const { events } = readJournal(join(directory, 'journal.jsonl'));
    expect(events.map(({ type }) => type)).toEqual(['study-created', 'space-chosen', 'trial-created', 'search-ended']);
    expect(opening).toEqual(events);
    expect(readStudy(directory)).toMatchObject({
      phase: 'final',
      created: { submissionPath: join(folder, 'work', 'submission.csv') },
      trials: [{ origin: 'given', configuration: { resolution: 8 } }],
    });
  });

  it('of data without test images wants no submission', async () => {
    const folder = temporaryFolder();
    const dataset = { ...(await tinyDataset(folder)), test: [] };
    const { close, directory } = createStudy(tinyRequest(folder), fakeMachine(folder), dataset);
    close();
    expect(readStudy(directory).created?.submissionPath).toBeNull();
  });

  it('does not touch a study that is there, and gives the lock back', async () => {
    const folder = temporaryFolder();
    const { close, directory } = await open(folder);
    close();
    const before = readFileSync(join(directory, 'journal.jsonl'), 'utf8');
    await expect(open(folder)).rejects.toThrow(/--out: expected a folder without a study/);
    expect(readFileSync(join(directory, 'journal.jsonl'), 'utf8')).toBe(before);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  it('is refused where its disk takes no journal', async ({ skip }) => {
    const folder = temporaryFolder();
    const directory = smallDisk(folder, 'study', '16k');
    if (directory === null) return skip('no file system can be mounted here');
    fillDisk(directory);
    await expect(open(folder)).rejects.toThrow(
      /--out: expected a disk that takes a journal, got .*study \(ENOSPC.*\); try freeing space, or a folder on another/,
    );
    rmSync(join(directory, 'ballast'));
    const { close } = await open(folder);
    close();
  });

  it('makes no folder when the submission cannot be written', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(open(folder, { submissionPath: join(folder, 'file', 'submission.csv') })).rejects.toThrow(
      /working directory: expected a folder that can be written/,
    );
    mkdirSync(join(folder, 'folder'));
    await expect(open(folder, { submissionPath: join(folder, 'folder') })).rejects.toThrow(/expected a file/);
    expect(existsSync(join(folder, 'study'))).toBe(false);
  });
});

describe('a study taken up again', () => {
  it('is refused while another process works on it, and after it has finished', async () => {
    const folder = temporaryFolder();
    const { close, directory } = await open(folder);
    expect(() => resumeStudy(directory, fakeMachine(folder))).toThrow(/a study that no process works on/);
    close();
    const finished = writeJournal(temporaryFolder(), wholeStudy, 1e9);
    expect(() => resumeStudy(finished, fakeMachine(folder))).toThrow(/a study that has not finished/);
    expect(existsSync(join(finished, 'lock'))).toBe(false);
  });

  it('is refused where its journal has not begun', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'study'));
    writeFileSync(join(folder, 'study', 'journal.jsonl'), '{"type":"study-cre');
    expect(() => resumeStudy(join(folder, 'study'), fakeMachine(folder))).toThrow(/a journal without its beginning/);
  });

  it('tells of a torn last line and cuts it off', () => {
    const folder = temporaryFolder();
    const directory = writeJournal(folder, preparation, Date.now() / 1000 - 30);
    appendFileSync(join(directory, 'journal.jsonl'), '{"type":"to');
    const { opening, close } = resumeStudy(directory, fakeMachine(folder));
    close();
    expect(opening).toMatchObject([
      { type: 'study-resumed', at: expect.closeTo(30, 0), downSeconds: expect.closeTo(9, 0) },
      { type: 'told', message: expect.stringContaining('torn (11 bytes)') },
    ]);
    expect(readJournal(join(directory, 'journal.jsonl'))).toMatchObject({
      tornBytes: 0,
      events: { length: preparation.length + 2 },
    });
  });

  it('puts its newest submission in place at once', async () => {
    const folder = temporaryFolder();
    const { close, directory } = await open(folder);
    close();
    writeFileSync(join(directory, 'submission.csv'), 'newest\n');
    resumeStudy(directory, fakeMachine(folder)).close();
    expect(readFileSync(join(folder, 'work', 'submission.csv'), 'utf8')).toBe('newest\n');
  });

  it('is refused, and left as it was, where the folder of its submission is gone', async () => {
    const folder = temporaryFolder();
    const { close, directory } = await open(folder);
    close();
    writeFileSync(join(directory, 'submission.csv'), 'newest\n');
    const before = readFileSync(join(directory, 'journal.jsonl'), 'utf8');
    rmSync(join(folder, 'work'), { recursive: true });
    expect(() => resumeStudy(directory, fakeMachine(folder))).toThrow(
      /submission\.csv: expected a path that can be written/,
    );
    expect(readFileSync(join(directory, 'journal.jsonl'), 'utf8')).toBe(before);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });
});

it('a study without a name is called after its data and its start', () => {
  expect(defaultName('/data/clothes', 1_800_000_000)).toBe('clothes-2027-01-15-08-00-00');
});
