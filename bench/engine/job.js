// The work that every variant does, and the files that all of them start from.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeNetwork } from '../../dist/network/describe.js';
import { costsOf, layersOf } from './layers.js';

/** The optimiser step, in numbers. */
const recipe = {
  learningRate: 0.02,
  momentum: 0.9,
  weightDecay: 5e-4,
  averageRate: 0.01,
  labelSmoothing: 0.1,
  epsilon: 1e-5,
  statisticsRate: 0.1,
};

/** Whole numbers in [0, 2³²), the same in every run. */
function* randomIntegers() {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

/**
 * Writes images, labels and first parameters of a net to a folder and returns what a worker needs to know of them.
 * @param batches how many batches of images there are to be used in turn.
 * @throws Error when the list of layers and the network differ in parameters or multiply-accumulates.
 */
export function prepareJob({ id, batch, network }, batches = 4) {
  const plan = describeNetwork(network);
  const layers = layersOf(network);
  const { parameters, macsPerImage } = costsOf(layers);
  if (parameters !== plan.parameters || macsPerImage !== plan.macsPerImage) {
    throw new Error(
      `${id}: the layers have ${parameters} parameters and ${macsPerImage} MACs, the network ${plan.parameters} and ${plan.macsPerImage}`,
    );
  }
  const random = randomIntegers();
  const next = () => random.next().value;
  const side = network.resolution;
  const values = plan.initialValues('bench');
  const contents = {
    images: Uint8Array.from({ length: batches * batch * side * side * 3 }, () => next() >>> 24),
    labels: Int32Array.from({ length: batches * batch }, () => (next() >>> 8) % network.classes),
    weights: values.get('weights'),
    // Scales that start at 0 would hide what residual branches compute.
    norms: values.get('norms').map((value) => value + 0.2 * (next() / 2 ** 32)),
  };
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-'));
  const files = {};
  for (const [name, array] of Object.entries(contents)) {
    files[name] = join(folder, name);
    writeFileSync(files[name], new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return {
    folder,
    parameters,
    macsPerImage,
    job: { ...recipe, id, batch, side, classes: network.classes, network, layers, files },
  };
}
