import seedrandom from 'seedrandom';

/** In an order drawn from the seed (Fisher–Yates). */
export function shuffled(values, seed) {
  const random = seedrandom.alea(seed);
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** Below 1 a part of a class, from 1 on so many images. */
const countOf = (wanted, size) => (wanted < 1 ? Math.round(wanted * size) : wanted);

/**
 * Divides labelled images anew, class by class: the same parts of each. What is neither tested on nor validated on is trained on, at most `train`
 * images of a class if that is given; all that is left then is tested on where `test` is `rest`.
 * @param images each with its `className`, in any order that is always the same.
 * @param parts `test`, `validation`: parts of a class below 1, else images of each class; `test` may be `rest`, with a number for `train`.
 * @throws Error where a class has too few images.
 */
export function splitLabelled(images, parts, seed) {
  const classes = new Map();
  for (const image of images) classes.set(image.className, [...(classes.get(image.className) ?? []), image]);
  const split = { train: [], validation: [], test: [] };
  for (const className of [...classes.keys()].sort()) {
    const members = shuffled(classes.get(className), `${seed}:${className}`);
    const validation = countOf(parts.validation, members.length);
    const isRest = parts.test === 'rest';
    const train = isRest ? parts.train : members.length - validation - countOf(parts.test, members.length);
    if (!(train >= 1 && validation >= 1 && members.length - train - validation >= 1))
      throw new Error(`class ${className}: ${members.length} images are too few for ${JSON.stringify(parts)}`);
    split.validation.push(...members.slice(0, validation));
    split.train.push(...members.slice(validation, validation + train));
    split.test.push(...members.slice(validation + train));
  }
  return split;
}
