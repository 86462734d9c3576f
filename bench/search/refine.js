import { buildConfiguration, sampleValue, valueIn } from '../../dist/space/sample.js';
import { fromUnit, toUnit } from '../../dist/space/unit.js';

const generations = 60;
const children = 200;
const kept = 20;

/** How far a child moves at first and at last, on the unit interval of each number. */
const [widest, narrowest] = [0.2, 0.002];

/**
 * Local refinement: in each generation children of the best move each parameter with probability a half, less and less far.
 * @param start configurations with their accuracies.
 * @param accuracyOf of many configurations at once.
 */
export function refine(space, start, accuracyOf, random) {
  let best = start;
  for (let generation = 0; generation < generations; generation++) {
    const spread = widest * (narrowest / widest) ** (generation / (generations - 1));
    const moved = Array.from({ length: children }, (_, index) =>
      move(space, best[index % best.length].configuration, spread, random),
    );
    const accuracies = accuracyOf(moved);
    const all = [...best, ...moved.map((configuration, index) => ({ configuration, accuracy: accuracies[index] }))];
    best = all.sort((a, b) => b.accuracy - a.accuracy).slice(0, kept);
  }
  return best[0];
}

function move(space, configuration, spread, random) {
  return buildConfiguration(space, (parameter) => {
    const value = valueIn(configuration, parameter.name);
    if (value === undefined) return sampleValue(parameter, random);
    if (random() < 0.5) return value;
    if (parameter.kind === 'choice') return random() < spread ? sampleValue(parameter, random) : value;
    // A sum of uniform numbers is near enough to a normal one.
    const noise = random() + random() + random() - 1.5;
    return fromUnit(parameter, toUnit(parameter, value) + 2 * spread * noise);
  });
}
