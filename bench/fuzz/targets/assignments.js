import { PassThrough } from 'node:stream';
import { Inbox } from '../../../dist/trial/inbox.js';
import { trialMessage } from '../../../dist/trial/protocol.js';
import { TrialServer } from '../../../dist/trial/server.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const base = {
  sentAtSeconds: 10,
  sentAtMonotonicSeconds: 1010,
  killAtSeconds: 60,
  data: '/pack',
  seed: '7:trial:0',
  configuration: { 'network.width': 8, resolution: 28 },
  threads: 1,
  memoryShare: 1,
};
const messages = [
  {
    type: 'rung',
    ...base,
    saveEverySeconds: 5,
    trial: 0,
    rung: 0,
    unit: 'seconds',
    from: 0,
    to: 10,
    anneal: 'trunk',
    cooldown: 0.3,
    subset: 1,
    resample: false,
    classes: 1,
    resolution: 28,
    directory: '/results/study/trials/0',
  },
  {
    type: 'final',
    ...base,
    saveEverySeconds: 5,
    resolution: 28,
    useValidation: true,
    views: 2,
    rateCheck: null,
    endsAtSeconds: 50,
    beganAtSeconds: 5,
    learningRateFactor: 1,
    directory: '/results/study/final',
    predictions: '/results/study/final/predictions.csv',
  },
  { type: 'predict', ...base, checkpoint: '/results/study/x.checkpoint', predictions: '/results/study/p.csv' },
  {
    type: 'probe',
    sentAtSeconds: 1,
    sentAtMonotonicSeconds: 1001,
    killAtSeconds: 60,
    threads: 1,
    classes: 10,
    candidates: [{ 'network.width': 8 }],
    secondsEach: 1,
  },
  { type: 'stop' },
];

/** What the study writes to a trial process. */
export const target = {
  generate(random) {
    const lines = Array.from(
      { length: 1 + random.size(6) },
      () =>
        JSON.stringify(random.chance(0.7) ? mutate.plain(random, random.pick(messages), 1) : random.pick(messages)) ??
        'null',
    );
    const text = `${lines.join('\n')}\n`;
    return {
      bytes: random.chance(0.6) ? Buffer.from(text) : mutate.bytes(random, Buffer.from(mutate.text(random, text))),
    };
  },
  async run({ bytes }) {
    const reports = [];
    let started = 0;
    const server = new TrialServer({
      engine: {},
      report: (message) => reports.push(message),
      openData: () => {
        throw new Error('no data');
      },
      run: async () => {
        started++;
        return { type: 'predict-result', predictions: 'p', wallSeconds: 1 };
      },
      now: () => 1,
      watch: (at) => {
        if (at !== null) BigInt(Math.round(at * 1e9));
      },
      memoryBytes: () => 1,
      exit: () => undefined,
    });
    const stream = new PassThrough();
    await new Promise((done) => {
      const inbox = new Inbox(stream, done);
      inbox.listen((line) => server.receive(line));
      stream.end(Buffer.from(bytes));
    });
    await new Promise((done) => setImmediate(done));
    for (const message of reports) {
      require(trialMessage.safeParse(message).success, 'a message that is none', JSON.stringify(message).slice(0, 300));
      require(!('message' in message) || message.message.length < 2000, 'message too long', () =>
        message.message.slice(0, 200));
    }
    require(started <= bytes.length, 'more work than lines', String(started));
  },
};
