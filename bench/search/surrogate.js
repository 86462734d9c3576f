import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { cumulativeSeconds } from '../../dist/simulation/curve.js';
import { describeModel, inputsOf } from './model-inputs.js';
import { modelFile } from './shared.js';

/**
 * The surrogate that a benchmark file names as its `model`, as a source of curves. The model runs in a thread of its own; `curve` waits for it.
 */
export class Surrogate {
  /** @param benchmark what `readBenchmark` has read. */
  static async open(benchmark) {
    const model = modelFile(benchmark, String(benchmark.model?.file ?? 'model.onnx'));
    const beside = join(dirname(model), 'encoding.json');
    const encoding = existsSync(beside) ? JSON.parse(readFileSync(beside, 'utf8')) : {};
    const description = describeModel(benchmark.model, encoding);
    const signal = new SharedArrayBuffer(4);
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL('onnx-worker.js', import.meta.url), {
      workerData: { model, signal, port: port2 },
      transferList: [port2],
    });
    await once(worker, 'message');
    port1.unref();
    return new Surrogate(benchmark, description, encoding, worker, port1, new Int32Array(signal));
  }

  constructor(benchmark, description, encoding, worker, port, flag) {
    Object.assign(this, { benchmark, description, encoding, worker, port, flag });
  }

  curve(task, configuration) {
    const { maxEpoch } = this.benchmark;
    const epochs = Array.from({ length: maxEpoch }, (_, index) => index + 1);
    const { data, width } = this.run(inputsOf(this.description, this.encoding, task, [{ configuration, epochs }]));
    return this.curveAt(data, width, 0);
  }

  /** Curves of many configurations at once. */
  curves(task, configurations) {
    const { maxEpoch } = this.benchmark;
    const epochs = Array.from({ length: maxEpoch }, (_, index) => index + 1);
    const rows = configurations.map((configuration) => ({ configuration, epochs }));
    const { data, width } = this.run(inputsOf(this.description, this.encoding, task, rows));
    return configurations.map((_, index) => this.curveAt(data, width, index * maxEpoch));
  }

  /** Seconds and accuracy of many configurations after one epoch. */
  points(task, configurations, epoch) {
    const rows = configurations.map((configuration) => ({ configuration, epochs: [epoch] }));
    const { data, width } = this.run(inputsOf(this.description, this.encoding, task, rows));
    const { seconds, accuracy } = this.description.output;
    return rows.map((_, row) => ({ seconds: data[row * width + seconds], accuracy: data[row * width + accuracy] }));
  }

  curveAt(data, width, first) {
    const { seconds, accuracy } = this.description.output;
    const column = (offset) =>
      Array.from({ length: this.benchmark.maxEpoch }, (_, epoch) => data[(first + epoch) * width + offset]);
    return { seconds: cumulativeSeconds(column(seconds)), accuracy: column(accuracy) };
  }

  run(inputs) {
    Atomics.store(this.flag, 0, 0);
    this.port.postMessage(inputs);
    Atomics.wait(this.flag, 0, 0);
    // What has been posted may take a moment to arrive.
    let received = receiveMessageOnPort(this.port);
    while (received === undefined) received = receiveMessageOnPort(this.port);
    const { message } = received;
    if (message.problem) throw new Error(`surrogate: ${message.problem}`);
    return message;
  }

  async close() {
    await this.worker.terminate();
  }
}
