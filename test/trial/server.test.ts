import { describe, expect, it } from 'vitest';
import { DamagedDataError } from '../../src/data/damage.js';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { DivergedError } from '../../src/training/loop.js';
import type { Outcome, TrialContext } from '../../src/trial/context.js';
import type { Assignment, TrialMessage } from '../../src/trial/protocol.js';
import { TrialServer } from '../../src/trial/server.js';
import { fakeEngine } from '../training/fake.js';

const assignment = {
  type: 'predict',
  memoryShare: 1,
  sentAtSeconds: 50,
  sentAtMonotonicSeconds: 998,
  killAtSeconds: 80,
  data: 'pack',
  seed: '1',
  configuration: {},
  threads: 1,
  checkpoint: 'model.checkpoint',
  predictions: 'predictions.csv',
} as const;
const done: Outcome = { type: 'predict-result', predictions: 'predictions.csv', wallSeconds: 1 };

interface Running {
  readonly assignment: Assignment;
  readonly context: TrialContext;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

function setUp() {
  let clock = 1000;
  const messages: TrialMessage[] = [];
  const running: Running[] = [];
  const watched: (number | null)[] = [];
  const exits: number[] = [];
  const opened: string[] = [];
  const empty = { count: 0, labels: new Int32Array(), ids: [] };
  const server = new TrialServer({
    engine: fakeEngine(),
    report: (message) => messages.push(message),
    openData: (directory) => {
      if (directory === 'gone') throw new Error('no such file');
      opened.push(directory);
      const splits = { train: empty, validation: empty, test: empty };
      return { directory, fingerprint: '', classes: ['a', 'b'], resolutions: [8], splits };
    },
    run: (given, context) =>
      new Promise((resolve, reject) => running.push({ assignment: given, context, resolve, reject })),
    now: () => clock,
    watch: (at) => watched.push(at),
    memoryBytes: () => 5,
    exit: (code) => exits.push(code),
  });
  const receive = (message: unknown) => server.receive(typeof message === 'string' ? message : JSON.stringify(message));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const current = (): Running => {
    const last = running.at(-1);
    if (last === undefined) throw new Error('nothing runs');
    return last;
  };
  const advance = (seconds: number) => {
    clock += seconds;
  };
  return { server, receive, settled, current, advance, messages, running, watched, exits, opened };
}

describe('a trial process', () => {
  it('has the time of the study, however late it reads its assignment', () => {
    const { receive, current, advance } = setUp();
    receive(assignment);
    advance(3);
    // Sent at 50 s, two seconds before its receipt.
    expect(current().context.now()).toBe(55);
  });

  it('tells the watchdog when to end the process, and takes it back afterwards', async () => {
    const { receive, current, settled, watched } = setUp();
    receive(assignment);
    current().resolve(done);
    await settled();
    // Killed 30 s after it was sent at 998 s, and 5 s of grace.
    expect(watched).toEqual([1033, null]);
  });

  it('takes assignments one after the other', async () => {
    const { receive, current, settled, running, messages } = setUp();
    receive(assignment);
    receive({ ...assignment, seed: '2' });
    expect(running).toHaveLength(1);
    current().resolve(done);
    await settled();
    expect(running).toHaveLength(2);
    current().resolve(done);
    await settled();
    expect(messages).toEqual([done, done]);
  });

  it('answers stop at once when idle', () => {
    const { receive, messages } = setUp();
    receive({ type: 'stop' });
    expect(messages).toEqual([{ type: 'stopped' }]);
  });

  it('asks a running assignment to stop, and begins the next one afresh', async () => {
    const { receive, current, settled, messages } = setUp();
    receive(assignment);
    expect(current().context.stopRequested()).toBe(false);
    receive({ type: 'stop' });
    expect(current().context.stopRequested()).toBe(true);
    current().resolve({ type: 'stopped' });
    await settled();
    expect(messages).toEqual([{ type: 'stopped' }]);
    receive(assignment);
    expect(current().context.stopRequested()).toBe(false);
  });

  it('maps errors to reasons, and ends itself only when memory ran out', async () => {
    const { receive, current, settled, messages, exits } = setUp();
    const cases = [
      [new DivergedError('NaN'), 'diverged'],
      [new Error('broken'), 'error'],
      [new DamagedDataError('cut short'), 'data'],
      [new OutOfMemoryError('full'), 'out-of-memory'],
    ] as const;
    for (const [error, reason] of cases) {
      expect(exits).toEqual([]);
      receive(assignment);
      current().reject(error);
      await settled();
      expect(messages.at(-1)).toEqual({ type: 'failed', reason, message: error.message });
    }
    expect(exits).toEqual([1]);
  });

  it.each([
    ['no JSON', '{"type":', /no JSON/],
    ['an unknown type', { type: 'dance' }, /wrong message: type/],
    ['a missing field', { ...assignment, threads: undefined }, /wrong message: threads/],
    ['an unknown field', { ...assignment, colour: 'red' }, /wrong message/],
  ])('answers %s with a failure', (_, message, expected) => {
    const { receive, messages, running } = setUp();
    receive(message);
    expect(running).toEqual([]);
    expect(messages).toEqual([{ type: 'failed', reason: 'error', message: expect.stringMatching(expected) }]);
  });

  it('sends heartbeats only while it works', async () => {
    const { server, receive, current, settled, messages } = setUp();
    server.tick();
    expect(messages).toEqual([]);
    receive(assignment);
    server.tick();
    expect(messages).toEqual([{ type: 'heartbeat', timeoutSeconds: 60, memoryBytes: 5 }]);
    current().resolve(done);
    await settled();
    server.tick();
    expect(messages.at(-1)).toEqual(done);
  });

  it('asks for five times the next stretch, at least 10 s, and at once when that is longer than promised', () => {
    const { server, receive, current, messages } = setUp();
    receive(assignment);
    current().context.expect(0.1);
    expect(messages).toEqual([expect.objectContaining({ timeoutSeconds: 10 })]);
    current().context.expect(0.2);
    expect(messages).toHaveLength(1);
    current().context.expect(4);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({ timeoutSeconds: 20 });
    current().context.expect(1);
    server.tick();
    expect(messages[2]).toMatchObject({ timeoutSeconds: 10 });
  });

  it.each([
    ['a stretch of which nothing is known', null, 300],
    ['a short one', 0.1, 60],
    ['a long one', 20, 100],
  ])('sends no heartbeats for ever while it waits: the heart stops in %s', (_, seconds, most) => {
    const { server, receive, current, messages } = setUp();
    receive(assignment);
    const beats = () => {
      const before = messages.length;
      for (let tick = 0; tick < 400; tick++) server.tick();
      return messages.length - before;
    };
    current().context.expect(seconds);
    expect(beats()).toBe(most);
    expect(beats()).toBe(0);
    // What was waited for came after all.
    current().context.expect(seconds);
    expect(beats()).toBe(most);
  });

  it('keeps the data set open for the next assignment', async () => {
    const { receive, current, settled, opened } = setUp();
    for (const data of ['one', 'one', 'two']) {
      receive({ ...assignment, data });
      current().context.openData(data);
      current().resolve(done);
      await settled();
    }
    expect(opened).toEqual(['one', 'two']);
  });
});
