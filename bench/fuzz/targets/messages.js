import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrialProcess } from '../../../dist/executor/process.js';
import { studyEvent } from '../../../dist/state/events.js';
import { replay } from '../../../dist/study/log.js';
import { eventOfFailure, eventOfMessage } from '../../../dist/study/messages.js';
import { trialMessage } from '../../../dist/trial/protocol.js';
import { exampleEvents, rungResult } from '../example-study.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const directory = '/results/study';
const path = (name) => `${directory}/${name}`;
const messages = [
  {
    type: 'hello',
    protocol: 1,
    pid: 1234,
    engine: 'wasm',
    description: 'x',
    precision: 'f32',
    exclusive: false,
    unavailable: [],
    precisions: [],
  },
  { type: 'heartbeat', timeoutSeconds: 10, memoryBytes: 1e8 },
  { type: 'memory-estimate', bytes: 1e8 },
  { type: 'told', message: 'something' },
  {
    type: 'progress',
    fraction: 0.5,
    step: 10,
    images: 1000,
    epochs: 0.1,
    loss: 1.5,
    learningRate: 0.1,
    imagesPerSecond: 100,
  },
  { type: 'checkpoint', path: path('final/final.checkpoint'), fraction: 0.5, images: 1000 },
  { type: 'predicted', path: path('final/predictions.csv') },
  { type: 'rung-result', ...rungResult, model: path('trials/0/model.checkpoint') },
  {
    type: 'final-result',
    score: null,
    model: path('final/model.checkpoint'),
    predictions: path('final/predictions.csv'),
    epochs: 3,
    inferenceSeconds: 1,
    wallSeconds: 5,
    trainSeconds: 3,
    evaluateSeconds: 0,
    images: 100,
    dataSeconds: 0.1,
    checkpointSeconds: 0.1,
  },
  { type: 'predict-result', predictions: path('trials/0/predictions.csv'), wallSeconds: 1 },
  {
    type: 'probe-result',
    rates: [{ trainImagesPerSecond: 1, inferenceImagesPerSecond: 2, parameters: 3, macsPerImage: 4 }],
  },
  { type: 'stopped' },
  { type: 'failed', reason: 'diverged', message: 'loss' },
];

/** What a trial process writes to the study, through a real pipe, and what the study makes of it. */
export const target = {
  setup() {
    const whole = exampleEvents(studyEvent, '/users/submission.csv');
    const until = (type) => replay(whole.slice(0, whole.findIndex((event) => event.type === type) + 1));
    return { states: ['rung-progress', 'prediction-started', 'final-progress', 'study-created'].map(until) };
  },
  generate(random, { states }) {
    const chosen = Array.from({ length: 1 + random.size(6) }, () => random.pick(messages));
    const lines = chosen.map((message) => {
      const changed = random.chance(0.6) ? mutate.plain(random, message, 1) : message;
      if (random.chance(0.15) && 'model' in message)
        return JSON.stringify({ ...message, model: random.pick(['/etc/passwd', path('../x'), 'model', '']) });
      return JSON.stringify(changed) ?? 'null';
    });
    const text = `${lines.join('\n')}\n`;
    const form = random.unit();
    const bytes =
      form < 0.6
        ? Buffer.from(text)
        : form < 0.8
          ? Buffer.from(mutate.text(random, text))
          : mutate.bytes(random, Buffer.from(text));
    // Once in a while a line without end.
    const flood = random.chance(0.005) ? 20_000_000 + random.below(100_000_000) : 0;
    return { bytes, flood, state: random.below(states.length), slot: random.below(3) };
  },
  async run({ bytes, flood, state: number, slot }, { folder, states }) {
    const file = join(folder, 'lines');
    writeFileSync(file, bytes);
    const state = states[number];
    const errors = [];
    const heard = [];
    await new Promise((done) => {
      new TrialProcess({
        command: [
          '/bin/sh',
          '-c',
          `cat "${file}" >&3; ${flood ? `head -c ${flood} /dev/zero | tr '\\0' 'x' >&3` : ''}`,
        ],
        env: process.env,
        log: join(folder, 'log'),
        onLogProblem: (problem) => require(false, 'a log that cannot be opened', problem),
        onMessage: (message) => heard.push(message),
        onProtocolError: (text) => errors.push(text),
        onExit: done,
      });
    });
    for (const text of errors) require(text.length < 2000, 'message too long', text.slice(0, 200));
    if (flood) require(errors.length > 0, 'a line without end that nobody minds', '');
    for (const message of heard) {
      require(trialMessage.safeParse(message).success, 'a message that is none', JSON.stringify(message).slice(0, 300));
      const failure =
        message.type === 'failed' ? { reason: message.reason, message: message.message, log: null } : null;
      const event = failure
        ? eventOfFailure(state, slot, failure, 50)
        : eventOfMessage(state, slot, message, 50, directory);
      if (event === null) continue;
      const parsed = studyEvent.safeParse(JSON.parse(JSON.stringify(event)));
      require(parsed.success, 'an event that the journal would not give back', () =>
        `${JSON.stringify(event).slice(0, 300)}: ${JSON.stringify(parsed.error?.issues[0])}`);
      for (const key of ['model', 'predictions', 'path']) {
        require(typeof event[key] !== 'string' ||
          !/^(\.\.|\/)/.test(event[key]), 'a path outside', `${event.type} ${key} ${event[key]}`);
      }
    }
  },
};
