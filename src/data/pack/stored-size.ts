import type { ImageSize } from '../types.js';

/** Aspect of a square. */
export const squareAspect = 1000;
/** Most and least width of a stored image by its height, in thousandths: 4 : 3 and 3 : 4. */
export const widestAspect = 1333;
export const narrowestAspect = 750;

/**
 * Width by height in thousandths, clipped to 750–1333: what is stored of an image beside its short side. Crops of 3 : 4 to 4 : 3, the usual
 * ones (Szegedy et al. 2015), so have all the room that the image gives them, and a panorama costs no more than a third above its square.
 */
export function aspectOf({ width, height }: ImageSize): number {
  const aspect = Math.round((squareAspect * width) / height);
  return Math.min(widestAspect, Math.max(narrowestAspect, aspect));
}

/** Size in pixels of a stored image of an aspect whose short side is `side`; the long one is at most 4/3 of it, rounded down. */
export function storedSize(aspect: number, side: number): ImageSize {
  const most = Math.floor((4 * side) / 3);
  return aspect >= squareAspect
    ? { width: Math.min(most, Math.round((side * aspect) / squareAspect)), height: side }
    : { width: side, height: Math.min(most, Math.round((side * squareAspect) / aspect)) };
}

/** Bytes of a stored image: RGB. */
export function storedBytes(aspect: number, side: number): number {
  const { width, height } = storedSize(aspect, side);
  return width * height * 3;
}

/** Bytes of several stored images at one side. @param aspects empty where all `count` are squares */
export function storedBytesOf(aspects: readonly number[], count: number, side: number): number {
  if (aspects.length === 0) return count * storedBytes(squareAspect, side);
  return aspects.reduce((sum, aspect) => sum + storedBytes(aspect, side), 0);
}
