/**
 * Bytes of a stored image: RGB, a square. What is longer than wide, or wider, is squashed, so that nothing of it is lost: the ends of a photo are where
 * trousers differ from shorts. Small images of ImageNet are made in the same way (Chrabaszcz et al. 2017).
 *
 * @param side in pixels
 */
export function storedBytes(side: number): number {
  return side * side * 3;
}
