// Trainings by formula, in which short trainings say little about long ones, or much: see bench/README.md.

/** Numbers as networks have them; what they do is drawn anew for each task. */
const numbers = [
  { name: 'learning_rate', type: 'float', lower: 1e-4, upper: 1e-1, log: true },
  { name: 'weight_decay', type: 'float', lower: 1e-6, upper: 1e-2, log: true },
  { name: 'momentum', type: 'float', lower: 0.1, upper: 0.99 },
  { name: 'batch_size', type: 'int', lower: 16, upper: 512, log: true },
  { name: 'width', type: 'int', lower: 16, upper: 512, log: true },
  { name: 'layers', type: 'int', lower: 1, upper: 5 },
  { name: 'dropout', type: 'float', lower: 0, upper: 0.6 },
];

const operations = ['identity', 'max', 'average', 'separable3', 'separable5', 'dilated3', 'dilated5'];

/** Which two inputs each of 3 nodes of two cells takes, and the operations on 14 edges of each: 34 choices, most active only where an input is taken. */
function cells() {
  const space = [];
  const conditions = [];
  for (const cell of ['normal', 'reduce']) {
    for (const node of [3, 4, 5]) {
      const values = Array.from({ length: node - 1 }, (_, from) => `${from}_${node - 1}`);
      space.push({ name: `inputs_${cell}_${node}`, type: 'categorical', values });
    }
    for (let edge = 0; edge < 14; edge++) {
      const name = `edge_${cell}_${edge}`;
      space.push({ name, type: 'categorical', values: operations });
      // The first two edges lead to a node that takes both; of the others each input is one among several.
      const node = edge < 2 ? null : edge < 5 ? 3 : edge < 9 ? 4 : 5;
      if (node === null) continue;
      const parent = `inputs_${cell}_${node}`;
      const from = edge - { 3: 2, 4: 5, 5: 9 }[node];
      const { values } = space.find((one) => one.name === parent);
      const taken = values.filter((value) => value.split('_').map(Number).includes(from));
      conditions.push({ child: name, parent, type: 'IN', values: taken.length > 0 ? taken : values.slice(0, 1) });
    }
  }
  return { space, conditions };
}

const numeric = { space: numbers, conditions: [], min_epoch: 2, max_epoch: 52 };

const rankingWell = [
  [1 / 52, 0.65],
  [6 / 52, 0.85],
  [1 / 3, 0.95],
  [1, 1],
];

/**
 * `ranks`: how the value after a part of the training goes with the value at its end, as pairs of part and correlation, ascending; in between on
 * straight lines over the logarithm of the part. `images`: images that a score is measured on; without it, scores have no noise. `left`: what there is still
 * to learn after a part of the training, in units of what there usually is at its start; without it, it falls with the square of what is left of it.
 */
export const cases = {
  'mid-schedule': {
    about: 'a third of the training says little about its end: until then the noise of a constant rate decides',
    ...numeric,
    ranks: [
      [1 / 52, 0.1],
      [1 / 3, 0.3],
      [0.8, 0.6],
      [1, 1],
    ],
  },
  'blind-start': {
    about: 'the lowest rung says nothing at all, the next ones more and more',
    ...numeric,
    ranks: [
      [2 / 52, 0],
      [6 / 52, 0.5],
      [1 / 3, 0.8],
      [1, 1],
    ],
  },
  ranked: {
    about: 'short trainings rank as long ones do, as on most tasks of LCBench',
    ...numeric,
    ranks: rankingWell,
  },
  choices: {
    about: '34 choices with conditions, each of little effect; fast starters mislead a little',
    ...{ ...cells(), min_epoch: 1, max_epoch: 98 },
    ranks: [
      [1 / 98, 0.35],
      [1 / 9, 0.65],
      [1 / 3, 0.85],
      [1, 1],
    ],
  },
  noisy: {
    about: 'short trainings rank well, but scores are measured on 200 images',
    ...numeric,
    ranks: rankingWell,
    images: 200,
  },
  late: {
    about: 'the last epochs decide: errors fall with the rate of a cosine schedule',
    ...numeric,
    ranks: [
      [1 / 52, 0.3],
      [1 / 3, 0.6],
      [0.8, 0.85],
      [1, 1],
    ],
    left: (part) => 2 * (0.5 + 0.5 * Math.cos(Math.PI * part)),
  },
  open: {
    about: 'errors fall by a power of the epochs, far longer than any budget allows; no rung is above 52 epochs',
    ...numeric,
    ...{ max_epoch: 2080, max_rung_epoch: 52 },
    ranks: [
      [2 / 2080, 0.5],
      [52 / 2080, 0.85],
      [1, 1],
    ],
    left: (part) => 3 * (1 + 2080 * part) ** -0.25 - 0.45,
  },
};

/** Correlation with the end after a part of the training. */
export function rankAt(ranks, part) {
  const above = ranks.findIndex(([from]) => part <= from);
  if (above <= 0) return above === 0 ? ranks[0][1] : 1;
  const [[low, from], [high, to]] = [ranks[above - 1], ranks[above]];
  return from + ((to - from) * Math.log(part / low)) / Math.log(high / low);
}
