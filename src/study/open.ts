import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../atomic-file.js';
import { readDataset } from '../data/dataset.js';
import type { Dataset } from '../data/types.js';
import { InputError, messageOf } from '../errors.js';
import { makeWritableFolder } from '../folder.js';
import { searchSpaceToPlain, spaceHash } from '../space/plain.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import { versions } from '../versions.js';
import { systemClock } from './clock.js';
import { StudyHost } from './host.js';
import { type Journal, journalLines, openJournal, readJournal } from './journal.js';
import { takeLock } from './lock.js';
import { replay, StudyLog } from './log.js';
import { studyPaths } from './paths.js';
import { restoreSubmission } from './place.js';
import type { StudyMachine, StudyRequest } from './request.js';
import { Tidying } from './tidy.js';

/** A study that this process holds the lock of. */
export interface OpenedStudy {
  readonly host: StudyHost;
  readonly directory: string;
  /** What was recorded while opening it, before anybody could listen. */
  readonly opening: readonly StudyEvent[];
  /** Closes the journal and gives the lock back. */
  close(): void;
}

/** @throws InputError when the folder holds a study. */
export function requireNoStudy(directory: string): void {
  if (!existsSync(join(directory, studyPaths.journal))) return;
  const tryThis = '`npx hyperbudget resume`, or another name';
  throw new InputError('--out', 'a folder without a study', `the study in ${directory}`, tryThis);
}

/**
 * Creates a study's folder, lock and journal.
 * @param dataset as `readDataset` found it.
 * @throws InputError when the folder cannot be written or holds a study already.
 */
export function createStudy(request: StudyRequest, machine: StudyMachine, dataset: Dataset): OpenedStudy {
  const { directory, submissionPath } = request;
  // First what is there anyway: a refused study leaves no folder behind.
  if (submissionPath) {
    makeWritableFolder(dirname(submissionPath), 'working directory');
    if (existsSync(submissionPath) && statSync(submissionPath).isDirectory()) {
      throw new InputError(submissionPath, 'a file or nothing yet', 'a folder', 'another working directory');
    }
  }
  makeWritableFolder(directory, '--out');
  const unlock = begin(directory, () => takeLock(join(directory, studyPaths.lock)));
  const path = join(directory, studyPaths.journal);
  begin(directory, () => requireNoStudy(directory), unlock);
  const clock = systemClock(request.start);
  const events: StudyEvent[] = [
    {
      type: 'study-created',
      at: 0,
      version: 1,
      name: request.name,
      mode: request.mode,
      seed: request.seed,
      budgetSeconds: request.budgetSeconds,
      ...request.start,
      dataDirectory: request.dataDirectory,
      submissionPath: dataset.test.length > 0 ? submissionPath : null,
      versions: versions(),
      ...(request.precision === undefined ? {} : { precision: request.precision }),
      ...(request.gpuMemoryBytes === undefined ? {} : { gpuMemoryBytes: request.gpuMemoryBytes }),
    },
  ];
  const at = clock.nowSeconds();
  if (request.space !== 'auto') {
    const { source, space } = request.space;
    events.push({ type: 'space-chosen', at, source, hash: spaceHash(space), space: searchSpaceToPlain(space) });
  }
  if (request.given) {
    events.push({ type: 'trial-created', at, trial: 0, bracket: 0, configuration: request.given, origin: 'given' });
    events.push({ type: 'search-ended', at, reason: 'the configuration was given', winner: 0 });
  }
  // In one step: a study that is killed right here is resumed with what its user asked for, or not at all.
  const lines = journalLines(events);
  begin(directory, () => writeFileAtomic(path, lines), unlock);
  const journal = begin(directory, () => openJournal(path, Buffer.byteLength(lines)), unlock);
  return {
    directory,
    opening: events,
    host: new StudyHost({
      directory,
      log: new StudyLog(journal, replay(events)),
      clock,
      machine,
      dataset: async () => dataset,
    }),
    close: () => {
      closeJournal(journal, path);
      unlock();
    },
  };
}

/**
 * Opens an interrupted study. Whatever ran when it stopped is done again; the time it was down counts against its deadline.
 * @throws InputError when there is no study, it has finished, another process works on it, or the folder of its submission is gone.
 */
export function resumeStudy(directory: string, machine: StudyMachine): OpenedStudy {
  const path = join(directory, studyPaths.journal);
  const unlock = lockToResume(directory);
  const { created, state, tornBytes, misplaced, journal } = orUndo(unlock, () => {
    // Once: a long journal takes its time, and nothing else happens meanwhile.
    const { bytes, ...before } = readUnfinished(directory);
    return { ...before, misplaced: restoreSubmission(directory, before.state), journal: openJournal(path, bytes) };
  });
  const log = new StudyLog(journal, state);
  const { opening, stop } = collect(log);
  const clock = systemClock(created, state.at);
  const at = clock.nowSeconds();
  log.record({ type: 'study-resumed', at, downSeconds: Math.max(0, at - state.at) });
  if (tornBytes > 0)
    log.record({ type: 'told', at, message: `the journal's last line was torn (${tornBytes} bytes) and is left out` });
  if (misplaced !== null) {
    log.record({ type: 'told', at, message: misplaced });
    if (state.submission) log.record({ ...state.submission, at, path: join(directory, studyPaths.submission) });
  }
  const { dataDirectory, seed, submissionPath } = created;
  const dataset = () => readDataset(dataDirectory, { seed, needTest: submissionPath !== null });
  stop();
  return {
    directory,
    opening,
    host: new StudyHost({ directory, log, clock, machine, dataset }),
    close: () => {
      closeJournal(journal, path);
      unlock();
    },
  };
}

/** @throws InputError where the disk takes no new file. */
function begin<T>(directory: string, work: () => T, undo: () => void = () => undefined): T {
  try {
    return work();
  } catch (error) {
    undo();
    if (error instanceof InputError) throw error;
    const got = `${directory} (${messageOf(error)})`;
    const tryThis = 'freeing space, or a folder on another disk';
    throw new InputError('--out', 'a disk that takes a journal', got, tryThis, { cause: error });
  }
}

function orUndo<T>(undo: () => void, work: () => T): T {
  try {
    return work();
  } catch (error) {
    undo();
    throw error;
  }
}

/** @throws InputError when there is no study, or it has finished. */
function readUnfinished(directory: string) {
  const path = join(directory, studyPaths.journal);
  const { events, bytes, tornBytes } = readJournal(path);
  const state = replay(events, path);
  if (state.finished) {
    const got = `one that finished: ${state.finished.reason}`;
    throw new InputError(directory, 'a study that has not finished', got, 'a new study');
  }
  return { created: requireCreated(state, path), state, bytes, tornBytes };
}

function requireCreated({ created }: StudyState, path: string): NonNullable<StudyState['created']> {
  if (created) return created;
  throw new InputError(path, 'a study that was created', 'a journal without its beginning', 'a new study');
}

/** A full disk may have no room even for the lock, and space is freed only by who holds it: what the study can do without goes first. */
function lockToResume(directory: string): () => void {
  const path = join(directory, studyPaths.lock);
  try {
    return takeLock(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { state } = readUnfinished(directory);
    const tell = (message: string) => process.stderr.write(`hyperbudget: ${message}\n`);
    tell(`${path} could not be written (${messageOf(error)}): space is freed`);
    new Tidying(directory, tell).free(state, 'least');
    return takeLock(path);
  }
}

function closeJournal(journal: Journal, path: string): void {
  journal.close();
  if (journal.problem === null) return;
  // Nobody is left to hear it but the terminal.
  process.stderr.write(
    `hyperbudget: the last events could not be written to ${path} and are lost: ${journal.problem}\n`,
  );
}

function collect(log: StudyLog): { readonly opening: readonly StudyEvent[]; readonly stop: () => void } {
  const opening: StudyEvent[] = [];
  return { opening, stop: log.subscribe((event) => opening.push(event)) };
}

/**
 * Reads the state of a study without touching it.
 * @throws InputError when there is no study, or its journal is not one of ours.
 */
export function readStudy(directory: string): StudyState & { readonly created: NonNullable<StudyState['created']> } {
  const path = join(directory, studyPaths.journal);
  const state = replay(readJournal(path).events, path);
  return { ...state, created: requireCreated(state, path) };
}

/** A name for a study that nobody gave one: data set and start. */
export function defaultName(dataDirectory: string, startedAtEpochSeconds: number): string {
  const start = new Date(startedAtEpochSeconds * 1000).toISOString().replace(/[:T]/g, '-').slice(0, 19);
  return `${basename(dataDirectory)}-${start}`;
}
