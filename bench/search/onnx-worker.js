// Runs a model in a thread of its own, for a thread that waits: what a study in virtual time asks for must be there at once.
import { parentPort, workerData } from 'node:worker_threads';
import ort from 'onnxruntime-node';

const { model, signal, port } = workerData;
const flag = new Int32Array(signal);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });

port.on('message', async (inputs) => {
  let answer;
  try {
    const feeds = Object.fromEntries(
      inputs.map(({ name, type, data, width }) => [name, new ort.Tensor(type, data, [data.length / width, width])]),
    );
    const outputs = await session.run(feeds);
    const { data, dims } = outputs[session.outputNames[0]];
    answer = { data, width: dims[1] };
  } catch (error) {
    answer = { problem: error.message };
  }
  port.postMessage(answer);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
});
parentPort.postMessage({ inputNames: session.inputNames });
