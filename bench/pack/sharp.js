// sharp.js LIST SIDE OUT: sharp as it comes, several pipelines at once, into one file of pixels.
import { createWriteStream, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import sharp from 'sharp';

const [list, side, out] = process.argv.slice(2);
const queue = readFileSync(list, 'utf8').trim().split('\n').values();
const file = createWriteStream(out);
const worker = async () => {
  for (const path of queue)
    file.write(await sharp(path).resize(Number(side), Number(side), { fit: 'fill' }).raw().toBuffer());
};
await Promise.all(Array.from({ length: 4 * availableParallelism() }, worker));
file.end();
