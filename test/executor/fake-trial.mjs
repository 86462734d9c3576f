// A trial process for tests: speaks the protocol, trains nothing. The configuration's `behaviour` says what it does.
import { mkdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const report = (message) => writeSync(3, `${JSON.stringify(message)}\n`);
const { HYPERBUDGET_FAKES, HYPERBUDGET_PRECISION: precision = 'f32' } = process.env;
// With many fakes to choose from, each process that may choose takes another one.
const { HYPERBUDGET_ENGINE: engine = HYPERBUDGET_FAKES === 'many' ? `fake-${process.pid}` : 'fake' } = process.env;
// An engine that is lost: it says hello, and dies of its first work; without it there is another.
const isFragile = HYPERBUDGET_FAKES === 'fragile' && !process.env.HYPERBUDGET_WITHOUT?.includes('native-cpu');
// On a GPU as TensorFlow is: one that heeds the limit that it was started with, and one that does not.
const poolMebibytes = { modest: Number(process.env.HYPERBUDGET_GPU_POOL_BYTES) / 2 ** 20, greedy: 40_000 }[
  HYPERBUDGET_FAKES
];
const onGpu = poolMebibytes && !process.env.HYPERBUDGET_WITHOUT?.includes('native-gpu');
if (onGpu)
  console.error(`Created device /job:localhost/replica:0/task:0/device:GPU:0 with ${poolMebibytes} MB memory:`);
const gpu = onGpu
  ? { engine: 'native-gpu', exclusive: true }
  : { engine: isFragile ? 'native-cpu' : engine, exclusive: false };
const facts = { ...gpu, description: 'a test engine', precision, unavailable: [], precisions: [] };
report({ type: 'hello', protocol: 1, pid: process.pid, ...facts });
const seconds = { wallSeconds: 0, trainSeconds: 0, dataSeconds: 0, evaluateSeconds: 0, checkpointSeconds: 0 };
const cost = { ...seconds, images: 0 };
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'stop') return report({ type: 'stopped' });
    if (message.type === 'probe') {
      const rate = {
        trainImagesPerSecond: 50,
        inferenceImagesPerSecond: 100,
        parameters: 10,
        macsPerImage: 10,
        replicas: 1,
      };
      return report({ type: 'probe-result', rates: message.candidates.map(() => rate) });
    }
    if (message.type === 'final') {
      if (message.configuration.behaviour === 'read') {
        const { size } = statSync(join(message.data, 'train-00000.8.rgb'));
        if (size !== 6 * 8 * 8 * 3) return report({ type: 'failed', reason: 'data', message: `only ${size} bytes` });
      }
      // What stands in the study's folder has a row for each test image.
      const rows = readFileSync(join(message.directory, '..', 'submission.csv'), 'utf8');
      mkdirSync(message.directory, { recursive: true });
      if (message.configuration.behaviour !== 'no-predictions') writeFileSync(message.predictions, rows);
      const { predictions } = message;
      const model = join(message.directory, 'model.checkpoint');
      return report({
        type: 'final-result',
        score: null,
        model,
        predictions,
        epochs: 1,
        inferenceSeconds: 0,
        views: [],
        ...cost,
      });
    }
    switch (message.configuration?.behaviour) {
      case 'announce':
        report({ type: 'memory-estimate', bytes: 7 });
        break;
      case 'crash':
        return process.exit(7);
      case 'abort':
        return process.kill(process.pid, 'SIGABRT');
      case 'killed':
        return process.kill(process.pid, 'SIGKILL');
      case 'bad-alloc':
        console.error("terminate called after throwing an instance of 'std::bad_alloc'");
        return process.kill(process.pid, 'SIGABRT');
      case 'swell':
        return report({ type: 'heartbeat', timeoutSeconds: 60, memoryBytes: 1e12 });
      case 'stubborn':
        process.on('SIGTERM', () => console.error('SIGTERM'));
        return report({ type: 'heartbeat', timeoutSeconds: 0, memoryBytes: 0 });
      case 'silence':
        return undefined;
      case 'hang':
        report({ type: 'heartbeat', timeoutSeconds: 0, memoryBytes: 0 });
        return undefined;
      case 'nonsense':
        return writeSync(3, 'this is no message\n');
      case 'last-words':
        report({ type: 'failed', reason: 'out-of-memory', message: 'all of it is taken' });
        return process.exit(1);
      case 'diverge':
        return report({ type: 'failed', reason: 'diverged', message: 'the loss is not finite' });
      case 'grow':
        report({ type: 'heartbeat', timeoutSeconds: 60, memoryBytes: 1e12 });
    }
    report({
      type: 'rung-result',
      score: 0.5,
      loss: 1,
      evaluatedImages: 10,
      inferenceImagesPerSecond: 100,
      parameters: process.pid,
      // What it was started for, and when it believes that it was sent its work.
      model: `${message.directory}/model.checkpoint`,
      ...cost,
      // What it was started for, and when it believes that it was sent its work.
      images: Number(process.env.HYPERBUDGET_THREADS ?? 0),
      wallSeconds: message.sentAtSeconds,
    });
    if (message.configuration?.behaviour === 'restless')
      report({ type: 'heartbeat', timeoutSeconds: 0, memoryBytes: 0 });
    return undefined;
  })
  .on('close', () => process.exit(1));
