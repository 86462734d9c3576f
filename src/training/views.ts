import { copyShifted } from '../data/crop.js';
import { mirrorImages } from '../data/mirror.js';

/** How an image is shown to a network that predicts it. */
export interface View {
  /** Side of the image in pixels; a packed one. */
  readonly side: number;
  /** Mirrored left to right. */
  readonly mirrored: boolean;
  /** Pixels to the right and down by which the crop is moved, each less than the side; what comes in from outside is reflected. */
  readonly shift: number;
}

/** The images of `side`² · 3 bytes each as the view shows them; the given ones where that is as they are. */
export function viewed(images: Uint8Array, { side, mirrored, shift }: View): Uint8Array {
  let shown = images;
  if (mirrored) {
    shown = new Uint8Array(images.length);
    mirrorImages(images, shown, side);
  }
  if (shift === 0) return shown;
  const moved = new Uint8Array(images.length);
  const bytes = side * side * 3;
  // What is right in the image is left in its mirror image.
  const by = { dx: mirrored ? -shift : shift, dy: shift };
  for (let offset = 0; offset < images.length; offset += bytes) {
    copyShifted(shown.subarray(offset, offset + bytes), side, moved, offset, by);
  }
  return moved;
}

/** A view and how much its probabilities count. */
export interface WeightedView extends View {
  readonly weight: number;
}

/** A shift is this part of the side, at least one pixel. */
const shiftShare = 1 / 32;

/**
 * The views of a test image in the order of what they are worth, of which the first always counts: as it is; mirrored, where the network was trained
 * on mirrored images; both at the side of the training images, where that is another one; both moved by 1/32 of the side up and left, and down
 * and right, with half the weight (Jordan 2024, airbench).
 * @param most views, at least 1.
 */
export function viewsOf(
  { evaluation, full }: { readonly evaluation: number; readonly full: number },
  flips: boolean,
  most: number,
): readonly [WeightedView, ...WeightedView[]] {
  const shift = Math.max(1, Math.round(evaluation * shiftShare));
  const both = (side: number, by: number, weight: number): readonly WeightedView[] =>
    [false, true].filter((mirrored) => flips || !mirrored).map((mirrored) => ({ side, mirrored, shift: by, weight }));
  const first: WeightedView = { side: evaluation, mirrored: false, shift: 0, weight: 1 };
  const further = [
    ...both(evaluation, 0, 1).slice(1),
    ...(full === evaluation ? [] : both(full, 0, 1)),
    ...both(evaluation, -shift, 0.5),
    ...both(evaluation, shift, 0.5),
  ];
  return [first, ...further.slice(0, most - 1)];
}

/** In words for people. */
export function viewText({ side, mirrored, shift }: View): string {
  const how = [mirrored ? 'mirrored' : '', shift === 0 ? '' : `moved by ${shift} px`].filter((part) => part !== '');
  return [`${side} px`, ...how].join(' ');
}
