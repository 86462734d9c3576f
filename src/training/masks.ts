import type { BatchPosition } from '../data/batches.js';
import { mix } from '../data/random.js';
import type { MaskInput } from '../program/types.js';

/** Of each kind of mask the part that is dropped, in [0, 1). */
export type DropRates = Readonly<Record<MaskInput['kind'], number>>;

/**
 * Draws the masks of some images of a batch. Each number follows from the seed, the place of its image in the stream of batches and its own place in
 * the mask: so a resumed training, replicas with a part of the batch each and micro-batches drop the same.
 * @param at where the stream stood before the batch.
 * @param begin first image, counted from the beginning of the whole batch.
 * @param end behind the last image.
 * @returns float32 [end − begin, numbers of an image] by the name of the mask: 0 with the probability of its rate, else 1 / (1 − rate).
 */
export function drawMasks(
  masks: readonly MaskInput[],
  rates: DropRates,
  seed: number,
  at: BatchPosition,
  [begin, end]: readonly [number, number],
): Readonly<Record<string, Float32Array>> {
  return Object.fromEntries(
    masks.map(({ name, perImage, kind, share }, index) => {
      const rate = share * rates[kind];
      const values = new Float32Array((end - begin) * perImage).fill(1 / (1 - rate));
      for (let image = begin; rate > 0 && image < end; image++) {
        const drawn = mix(mix(mix(seed, at.epoch), at.position + image), index);
        for (let place = 0; place < perImage; place++) {
          if (mix(drawn, place) < rate * 2 ** 32) values[(image - begin) * perImage + place] = 0;
        }
      }
      return [name, values];
    }),
  );
}
