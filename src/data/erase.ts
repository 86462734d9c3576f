import type { HashStream } from './random.js';

/** Part of the image that is erased at least and at most, and the narrowest box's width by height: those of the paper. */
const [leastArea, mostArea] = [0.02, 0.4];
const narrowest = 0.3;

/** Draws of a box that does not fit before nothing is erased. */
const mostDraws = 10;

/**
 * Random erasing (Zhong et al. 2020): with a probability, fills a random box of 2 to 40 % of the image, of an aspect from 0.3 to 1/0.3, with one
 * random colour.
 *
 * @param image side² · 3 bytes, changed in place
 * @param probability in [0, 1]
 */
export function eraseRandomBox(image: Uint8Array, side: number, probability: number, random: HashStream): void {
  if (random.next() >= probability) return;
  for (let draw = 0; draw < mostDraws; draw++) {
    const area = side * side * random.between(leastArea, mostArea);
    const aspect = Math.exp(random.between(Math.log(narrowest), -Math.log(narrowest)));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > side || height > side) continue;
    const begin = (random.below(side - height + 1) * side + random.below(side - width + 1)) * 3;
    const colour = [random.below(256), random.below(256), random.below(256)];
    const end = begin + width * 3;
    for (let place = begin; place < end; place += 3) image.set(colour, place);
    for (let row = 1; row < height; row++) image.copyWithin(begin + row * side * 3, begin, end);
    return;
  }
}
