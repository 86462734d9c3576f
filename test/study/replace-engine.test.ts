import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ExecutorEvent } from '../../src/executor/executor.js';
import { LocalExecutor } from '../../src/executor/local.js';
import { plainSurroundings } from '../../src/executor/surroundings.js';
import type { StudyEvent } from '../../src/state/events.js';
import { startedAt, systemClock } from '../../src/study/clock.js';
import type { Journal } from '../../src/study/journal.js';
import { StudyLog } from '../../src/study/log.js';
import { replaceEngine } from '../../src/study/replace-engine.js';
import { preparation } from '../report/example-study.js';
import { fakeMachine, temporaryFolder } from './tiny-study.js';

/** A study on native-cpu whose later processes run this command; gives what is journalled and which engines are left out. */
function lost(command: readonly string[]) {
  const folder = temporaryFolder();
  const told: StudyEvent[] = [];
  const journal: Journal = {
    append: (...events) => void told.push(...events),
    retry: () => undefined,
    problem: null,
    close: () => undefined,
  };
  const log = new StudyLog(journal);
  for (const event of preparation) {
    log.record(event.type === 'engine-chosen' ? { ...event, engine: 'native-cpu' } : event);
  }
  told.splice(0);
  const clock = systemClock(startedAt(Date.now() / 1000));
  const listeners = new Set<(event: ExecutorEvent) => void>();
  const leftOut: (readonly string[])[] = [];
  const executor = new LocalExecutor({
    slots: 2,
    command,
    logs: join(folder, 'logs'),
    clock,
    surroundings: {
      ...plainSurroundings({}),
      admit: async () => ({
        ...process.env,
        HYPERBUDGET_FAKES: 'fragile',
        HYPERBUDGET_WITHOUT: leftOut.at(-1)?.join(',') ?? '',
      }),
    },
    listener: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
  });
  onTestFinished(() => executor.close());
  const search = {
    log,
    clock,
    executor,
    listen: (listener: (event: ExecutorEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    threads: 2,
    leaveOut: (engines: readonly string[]) => void leftOut.push(engines),
  };
  return { search, told, leftOut };
}

it('an engine that is lost is left out, and the one that is found instead is journalled', async () => {
  const { search, told, leftOut } = lost(fakeMachine('').command);
  await replaceEngine({ ...search, signal: new AbortController().signal });
  expect(leftOut).toEqual([['native-cpu']]);
  expect(told.map(({ type }) => type)).toEqual(['told', 'engine-chosen']);
  expect(told.at(-1)).toMatchObject({ engine: 'fake', slots: 2, threads: 2 });
});

it('an engine without another stays, which is told and journalled', async () => {
  const { search, told, leftOut } = lost(['/no/such/program']);
  await replaceEngine({ ...search, signal: new AbortController().signal });
  expect(leftOut).toEqual([
    ['native-cpu'],
    ['native-cpu', 'native-gpu', 'webgpu'],
    ['native-cpu', 'native-gpu', 'webgpu'],
    [],
  ]);
  expect(told.at(-2)).toMatchObject({
    type: 'told',
    message: expect.stringMatching(/no other engine.*goes on with native-cpu/),
  });
  expect(told.at(-1)).toMatchObject({ type: 'engine-chosen', engine: 'native-cpu' });
});

it('nothing is journalled any more once the study is over', async () => {
  const { search, told } = lost(fakeMachine('').command);
  const controller = new AbortController();
  const looking = replaceEngine({ ...search, signal: controller.signal });
  controller.abort(new Error('over'));
  await expect(looking).rejects.toThrow('over');
  expect(told.map(({ type }) => type)).toEqual(['told']);
});
