import seedrandom from 'seedrandom';
import type { Configuration } from '../../src/space/types.js';
import type { FailureReason } from '../../src/state/events.js';
import type { CurvePoint, RungRecord, TrialState } from '../../src/state/types.js';

/** Resources of the first bracket; `low` of the builders below says at which of them another bracket begins. */
const resources = [4, 12, 36];

/** A training curve of `points` points that falls from 2.3 towards `floor`, up to `until` of its schedule. */
export function curve(seed: string, startedAt: number, seconds: number, until: number, floor: number): CurvePoint[] {
  const random = seedrandom.alea(seed);
  const points = Math.max(1, Math.floor(seconds * until));
  return Array.from({ length: points }, (_, index) => {
    const fraction = ((index + 1) / points) * until;
    return {
      at: startedAt + fraction * seconds,
      fraction,
      loss: floor + (2.3 - floor) * Math.exp(-6 * fraction) + 0.06 * random(),
      learningRate: fraction < 0.1 ? 3 * fraction : 0.3 * (1 - (fraction - 0.1) / 0.9),
      images: Math.round(1180 * fraction * seconds),
      imagesPerSecond: 1150 + 60 * random(),
    };
  });
}

function configuration(trial: number): Configuration {
  const random = seedrandom.alea(`configuration ${trial}`);
  const family = random() < 0.7 ? 'residual' : 'plain';
  return {
    'network.family': family,
    'network.width': [8, 12, 16, 24][Math.floor(random() * 4)] ?? 16,
    'network.stages': random() < 0.5 ? 3 : 4,
    'network.stem': 'medium',
    ...(family === 'residual' ? { 'network.blocks': random() < 0.5 ? 1 : 2 } : {}),
    resolution: 28,
    'optimizer.batchSize': random() < 0.5 ? 64 : 128,
    'optimizer.learningRate': 0.02 * 40 ** random(),
    'optimizer.weightDecay': 0.0001 * 10 ** random(),
    'schedule.shape': 'cosine',
    'augmentation.flip': random() < 0.8,
  };
}

/** A rung judged with `score`. */
export function finishedRung(trial: number, rung: number, startedAt: number, score: number, low = 0): RungRecord {
  const resource = resources[rung + low] ?? 4;
  return {
    status: 'finished',
    rung,
    resource,
    startedAt,
    result: {
      type: 'rung-finished',
      at: startedAt + resource * 1.05,
      trial,
      rung,
      score,
      loss: 1.35 * (1 - score) + 0.05,
      evaluatedImages: 1200,
      inferenceImagesPerSecond: 4100,
      parameters: 77_850,
      macsPerImage: 4_210_000,
      activationBytesPerImage: 3 * 2 ** 19,
      model: `results/quickstart/trials/${trial}/model.checkpoint`,
      wallSeconds: resource * 1.05,
      trainSeconds: resource,
      dataSeconds: resource * 0.01,
      evaluateSeconds: resource * 0.05,
      checkpointSeconds: 0.01,
      images: 1180 * resource,
    },
  };
}

/** A rung that runs in `slot`. */
export function runningRung(rung: number, startedAt: number, slot: number, low = 0): RungRecord {
  const resource = resources[rung + low] ?? 4;
  return {
    status: 'running',
    rung,
    slot,
    attempt: 1,
    memoryShare: 1,
    resource,
    startedAt,
    killAt: startedAt + resource + 15,
  };
}

/** A rung that has failed after 2.4 s. */
export function failedRung(
  rung: number,
  startedAt: number,
  reason: FailureReason,
  message: string,
  log: string,
): RungRecord {
  const resource = resources[rung] ?? 4;
  return {
    status: 'failed',
    rung,
    resource,
    startedAt,
    failedAt: startedAt + 2.4,
    attempt: 1,
    memoryShare: 1,
    reason,
    message,
    log,
  };
}

/** A trial with its records; the curve belongs to the last of them. */
export function trialOf(trial: number, bracket: number, rungs: readonly RungRecord[], until = 1): TrialState {
  const last = rungs.at(-1);
  const floor = 0.35 + 0.03 * (trial % 5);
  return {
    trial,
    bracket,
    configuration: configuration(trial),
    origin: trial === 0 ? 'default' : trial % 2 === 0 ? 'random' : 'prior',
    createdAt: 10,
    rungs,
    startedAgain: false,
    curve: last === undefined ? [] : curve(`curve ${trial}`, last.startedAt, last.resource, until, floor),
  };
}
