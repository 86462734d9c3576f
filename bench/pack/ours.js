// ours.js FOLDER SIDE CACHE: packs a data set, as `hyperbudget pack` does.
import { readDataset } from '../../dist/data/dataset.js';
import { packDataset } from '../../dist/data/pack/pack.js';

const [folder, side, cacheDirectory] = process.argv.slice(2);
const dataset = await readDataset(folder, { seed: 1, needTest: false });
const { packedImages, oddities } = await packDataset(dataset, { resolutions: [Number(side)], cacheDirectory });
const odd = Object.entries(oddities).map(([kind, count]) => `${count} ${kind}`);
if (odd.length > 0) console.log(`${packedImages} images, ${odd.join(', ')}`);
