import { tensorflowVersion } from '../engine/install/packages.js';
import type { NativeDevice } from '../engine/native/library.js';
import { probeAlone } from '../study/probe-alone.js';
import type { StudyMachine } from '../study/request.js';
import { speedCandidates, speeds } from './speed.js';

/** Seconds to train each of the networks. */
const secondsEach = 2;

/**
 * Trains small networks in a trial process that has no other engine than a device's native one out of a folder of engines.
 * @param machine the machine with its trial process and environment.
 * @returns engine and speed in words.
 * @throws Error when it does not work there; the signal's reason when it is aborted.
 */
export async function verifyEngine(
  device: NativeDevice,
  engines: string,
  { command, env, threads }: Pick<StudyMachine, 'command' | 'env' | 'threads'>,
  signal?: AbortSignal,
): Promise<string> {
  const pinned = { ...env, HYPERBUDGET_ENGINE: `native-${device}`, HYPERBUDGET_ENGINES: engines };
  const request = { threads, classes: 10, candidates: speedCandidates, secondsEach, ...(signal && { signal }) };
  const report = await probeAlone({ command, env: pinned }, request);
  const { description, precision } = report.hello;
  if (!description.includes(tensorflowVersion)) {
    // A build that npm has installed steps in where this one does not load.
    throw new Error(`expected TensorFlow ${tensorflowVersion} from ${engines}, got ${description}`);
  }
  const measured = speeds(report);
  const failed = measured.find(({ imagesPerSecond }) => imagesPerSecond === 0);
  if (failed) throw new Error(`${description} does not train a ${failed.network}`);
  const rates = measured.map(({ imagesPerSecond, network }) => `${imagesPerSecond.toFixed(0)} images/s, ${network}`);
  return [`${description}, ${precision}`, ...rates].join('\n  ');
}
