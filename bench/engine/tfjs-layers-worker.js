// Worker of the bench: tf.layers and tf.train of TensorFlow.js on the addon of tfjs-node, as its guides show them.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { norm, pieces, readData, readJob, serve } from './worker.js';

const job = readJob();
const require = createRequire(join(job.tfjsFolder, 'package.json'));
const util = require('node:util');
// The package calls two functions that Node 23 removed.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require('@tensorflow/tfjs-node');
await tf.ready();
if (tf.getBackend() !== 'tensorflow') throw new Error(`the backend in use is ${tf.getBackend()}, not tfjs-node`);

const data = readData(job);
const { side, batch } = job;

function makeLayer({ kind, size, stride, out }) {
  const window = { poolSize: size, strides: stride, padding: 'same' };
  switch (kind) {
    case 'convolution':
      return tf.layers.conv2d({ filters: out, kernelSize: size, strides: stride, padding: 'same', useBias: false });
    case 'norm':
      return tf.layers.batchNormalization({ momentum: 1 - job.statisticsRate, epsilon: job.epsilon });
    case 'relu':
      return tf.layers.reLU();
    case 'add':
      return tf.layers.add();
    case 'maxPool':
      return tf.layers.maxPooling2d(window);
    case 'averagePool':
      return tf.layers.averagePooling2d(window);
    case 'globalAverage':
      return tf.layers.globalAveragePooling2d({});
    case 'dense':
      return tf.layers.dense({ units: out });
    default:
      throw new Error(`unknown layer ${kind}`);
  }
}

const groups = { weights: [], norms: [], statistics: [] };
const input = tf.input({ shape: [side, side, 3] });
const values = [input];
const [weightPiece, normPiece] = [pieces(data.weights), pieces(data.norms)];
for (const description of job.layers.slice(1)) {
  const { kind, inputs, size, in: from, out, channels } = description;
  const layer = makeLayer(description);
  const [first, second] = inputs.map((place) => values[place]);
  values.push(layer.apply(second === undefined ? first : [first, second]));
  const set = (group, variables, piece) => {
    for (const { val } of variables) {
      if (piece) val.assign(tf.tensor(piece(val.shape), val.shape));
      groups[group].push(val);
    }
  };
  if (kind === 'convolution') set('weights', layer.trainableWeights, () => weightPiece([size, size, from, out]));
  if (kind === 'norm') {
    set('norms', layer.trainableWeights, () => normPiece([channels]));
    set('statistics', layer.nonTrainableWeights, null);
  }
  if (kind === 'dense') {
    const [kernel, bias] = layer.trainableWeights;
    set('weights', [kernel], () => weightPiece([from, out]));
    set('norms', [bias], () => normPiece([out]));
  }
}
const model = tf.model({ inputs: input, outputs: values.at(-1) });
const trained = [...groups.weights, ...groups.norms];
const sources = [...trained, ...groups.statistics];
const averages = sources.map((variable) => tf.variable(variable, false));
const optimizer = tf.train.momentum(job.learningRate, job.momentum, true);
const rest = job.labelSmoothing / job.classes;
let count = 0;

function step() {
  const { images, labels } = data.batches[count++ % data.batches.length];
  return tf.tidy(() => {
    const x = tf.tensor4d(images, [batch, side, side, 3], 'int32').toFloat().sub(128).div(64);
    const indices = tf.tensor1d(labels, 'int32');
    const targets = tf.oneHot(indices, job.classes, 1 - job.labelSmoothing + rest, rest, 'float32');
    const loss = () => tf.losses.softmaxCrossEntropy(targets, model.apply(x, { training: true })).asScalar();
    const { value, grads } = tf.variableGrads(loss, trained);
    for (const variable of groups.weights) {
      grads[variable.name] = grads[variable.name].add(variable.mul(job.weightDecay));
    }
    optimizer.applyGradients(grads);
    for (const [place, average] of averages.entries()) {
      average.assign(average.add(sources[place].sub(average).mul(job.averageRate)));
    }
    return value.dataSync()[0];
  });
}

function state() {
  const [weights, all] = [groups.weights.length, trained.length];
  const parts = {
    ...groups,
    'weights.average': averages.slice(0, weights),
    'norms.average': averages.slice(weights, all),
    'statistics.average': averages.slice(all),
  };
  const entries = Object.entries(parts).map(([name, variables]) => [name, norm(variables.map((v) => v.dataSync()))]);
  return Object.fromEntries(entries);
}

const parameters = trained.reduce((sum, { size }) => sum + size, 0);
const library = tf.backend().binding.TF_Version;
await serve({ parameters, step, state }, `tfjs-node ${tf.version['tfjs-node']}, tf.layers, libtensorflow ${library}`);
