// What the JavaScript workers have in common: the job, the data in host memory, and the loop that answers the bench line by line.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export const readJob = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));

function read(path, Type) {
  const bytes = readFileSync(path);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** First values of the parameters, and a few batches of uint8 images with their labels. */
export function readData({ files, batch, side }) {
  const images = read(files.images, Uint8Array);
  const labels = read(files.labels, Int32Array);
  const bytes = batch * side * side * 3;
  return {
    weights: read(files.weights, Float32Array),
    norms: read(files.norms, Float32Array),
    batches: Array.from({ length: labels.length / batch }, (_, place) => ({
      images: images.slice(place * bytes, (place + 1) * bytes),
      labels: labels.slice(place * batch, (place + 1) * batch),
      count: batch,
    })),
  };
}

/** Cuts a flat vector into parameters, in the order of the layers. */
export function pieces(flat) {
  let begin = 0;
  return (shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    begin += size;
    if (begin > flat.length) throw new Error('the network has more parameters than the file of their first values');
    return flat.slice(begin - size, begin);
  };
}

/** Euclidean norm over all elements of some arrays. */
export function norm(arrays) {
  let sum = 0;
  for (const array of arrays) for (const value of array) sum += value * value;
  return Math.sqrt(sum);
}

const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * Answers `steps`, `state` and `timed` until the bench closes the line.
 * @param trainer `step()` → loss, `state()` → norms by group, either at once or as a promise; `parameters`.
 */
export async function serve(trainer, description) {
  answer({ parameters: trainer.parameters, description });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    if (command.steps !== undefined) {
      const [stepSeconds, losses] = [[], []];
      const before = process.cpuUsage();
      for (let step = 0; step < command.steps; step++) {
        const begin = performance.now();
        losses.push(await trainer.step());
        stepSeconds.push((performance.now() - begin) / 1000);
      }
      const { user, system } = process.cpuUsage(before);
      answer({ stepSeconds, losses, cpuSeconds: (user + system) / 1e6 });
    } else if (command.state !== undefined) answer(await trainer.state());
    else answer({});
  }
  process.exit(0);
}
