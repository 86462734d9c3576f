import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startedAt } from '../../src/study/clock.js';
import { readJournal } from '../../src/study/journal.js';
import { replay } from '../../src/study/log.js';
import { Supervisor } from '../../src/supervisor/supervisor.js';
import { simulate } from '../study/simulated.js';
import { temporaryFolder, writeJournal } from '../study/tiny-study.js';

const fake = fileURLToPath(new URL('fake-study.mjs', import.meta.url));

/** A study is known by the instant at which it began. */
let begunAt = 0;
beforeEach(() => {
  begunAt = Date.now() / 1000;
});

function supervise(words: readonly string[], silenceSeconds = 60) {
  const told: string[] = [];
  const mended: string[] = [];
  const supervisor = new Supervisor({
    program: [process.execPath, fake],
    words,
    env: process.env,
    start: startedAt(begunAt),
    silenceSeconds,
    tell: (line) => told.push(line),
    keepDeadline: () => undefined,
    mendTerminal: (screen) => mended.push(screen),
  });
  return { supervisor, told, mended, code: supervisor.run() };
}

/** A study's folder whose journal ends in the search, after a first submission. */
async function begunStudy(): Promise<string> {
  const simulated = simulate();
  await simulated.play();
  const events = simulated.events.slice(0, simulated.events.findIndex(({ type }) => type === 'submission-written') + 1);
  return writeJournal(temporaryFolder(), events, begunAt);
}

const pids = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

describe('a supervisor', () => {
  it('hands on the exit code of its study process', async () => {
    expect(await supervise(['exit', '4']).code).toBe(4);
  });

  it('starts a process that has died again with the words that go on with its study', async () => {
    const directory = await begunStudy();
    const note = join(directory, 'note');
    const { code, told } = supervise(['open', directory, '60', 'die', 'then', 'note', note, 'exit', '0']);
    expect(await code).toBe(0);
    expect(pids(note)).toHaveLength(1);
    expect(told).toEqual(['the study process was ended by SIGKILL; it is started again']);
  });

  it('begins anew with the words of its user where there was no first event yet', async () => {
    const directory = join(temporaryFolder(), 'none');
    const note = join(directory, '..', 'note');
    const { code } = supervise(['note', note, 'open', directory, '60', 'die', 'then', 'exit', '2']);
    await vi.waitFor(() => expect(pids(note).length).toBeGreaterThan(1), { timeout: 20_000 });
    // From now on there is one: the next process gets the other words.
    cpSync(await begunStudy(), directory, { recursive: true });
    expect(await code).toBe(2);
  });

  it('takes the end that the journal holds for the end of the study', async () => {
    const simulated = simulate();
    await simulated.play();
    const directory = writeJournal(temporaryFolder(), simulated.events, begunAt);
    const { code, told } = supervise(['open', directory, '60', 'die', 'then', 'exit', '1']);
    expect(await code).toBe(0);
    expect(told).toEqual([]);
  });

  it('takes nothing for its own that an older study in the same folder has left', async () => {
    const simulated = simulate();
    await simulated.play();
    const directory = writeJournal(temporaryFolder(), simulated.events, begunAt - 1000);
    const { code, told } = supervise(['open', directory, '60', 'exit', '2']);
    expect(await code).toBe(2);
    expect(told).toEqual([]);
  });

  it('takes the end that was reported for the end of the study, whatever becomes of the process', async () => {
    expect(await supervise(['finished', '4', 'die']).code).toBe(4);
  });

  it('ends a process that still runs at the deadline, and closes its study', async () => {
    const directory = await begunStudy();
    const startedAtSeconds = performance.now() / 1000;
    const { code, told, mended } = supervise(['open', directory, '2', 'working', 'deaf', 'hang']);
    expect(await code).toBe(4);
    expect(performance.now() / 1000 - startedAtSeconds).toBeGreaterThan(1.5);
    expect(told).toEqual(['the deadline ended the study process']);
    expect(mended).toEqual(['none']);
    const { finished } = replay(readJournal(join(directory, 'journal.jsonl')).events);
    expect(finished).toMatchObject({ exitCode: 4, reason: 'the deadline ended the study process' });
  });

  it('closes the study of a process that dies too late to be started again', async () => {
    const directory = await begunStudy();
    const { code, told } = supervise(['open', directory, '1.4', 'working', 'die']);
    expect(await code).toBe(4);
    expect(told).toEqual(['the study process was ended by SIGKILL, with no time left to start it again']);
  });

  it('tells of a journal that it cannot read, and lets the study say what is wrong with it', async () => {
    const directory = await begunStudy();
    const path = join(directory, 'journal.jsonl');
    writeFileSync(path, `nonsense\n${readFileSync(path, 'utf8')}`);
    const { code, told } = supervise(['open', directory, '60', 'die', 'then', 'exit', '2']);
    expect(await code).toBe(2);
    expect(told.slice(0, 2)).toEqual([
      expect.stringMatching(/could not be used: .*journal\.jsonl:1:1: expected an event of a study/),
      'the study process was ended by SIGKILL; it is started again',
    ]);
  });

  it('starts a process again that has not been heard of for too long', async () => {
    const directory = await begunStudy();
    const { code, told } = supervise(['open', directory, '60', 'working', 'deaf', 'hang', 'then', 'exit', '0'], 1.5);
    expect(await code).toBe(0);
    expect(told.slice(0, 2)).toEqual([
      'nothing was heard of the study process for 1.5 s',
      'the study process was ended by SIGKILL; it is started again',
    ]);
  });

  it('has more patience with a process that has not opened its study yet: its journal may be long', async () => {
    const directory = await begunStudy();
    const words = ['open', directory, '60', 'working', 'die', 'then', 'think', '2500', 'exit', '0'];
    const { code, told } = supervise(words, 1);
    expect(await code).toBe(0);
    expect(told).toEqual(['the study process was ended by SIGKILL; it is started again']);
  });

  it('passes a signal on, and ends with what the process makes of it', async () => {
    const folder = temporaryFolder();
    const { supervisor, code } = supervise(['note', join(folder, 'note'), 'hang']);
    await vi.waitFor(() => expect(pids(join(folder, 'note'))).toHaveLength(1), { timeout: 20_000 });
    supervisor.signal('SIGTERM');
    expect(await code).toBe(3);
  });

  it('kills a process that was asked twice and does not stop', async () => {
    const folder = temporaryFolder();
    const { supervisor, code } = supervise(['deaf', 'note', join(folder, 'note'), 'hang']);
    await vi.waitFor(() => expect(pids(join(folder, 'note'))).toHaveLength(1), { timeout: 20_000 });
    supervisor.signal('SIGINT');
    supervisor.signal('SIGINT');
    expect(await code).toBe(3);
  });

  it('says so when it does not understand its process', async () => {
    const { code, told } = supervise(['nonsense', 'exit', '0']);
    expect(await code).toBe(0);
    expect(told).toEqual([expect.stringContaining('nonsense')]);
  });

  it('fails where no process can be started', async () => {
    const told: string[] = [];
    const supervisor = new Supervisor({
      program: ['/nowhere/node'],
      words: [],
      env: {},
      start: startedAt(0),
      tell: (line) => told.push(line),
      keepDeadline: () => undefined,
      mendTerminal: () => undefined,
    });
    expect(await supervisor.run()).toBe(1);
    expect(told.join()).toMatch(/could not be started.*ENOENT/);
  });
});
