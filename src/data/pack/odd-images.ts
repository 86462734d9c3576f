import { type Oddity, oddityKinds } from './decode.js';
import type { OddImage } from './format.js';

/** Images of a kind that are named one by one; the others are only counted. */
const namedImages = 20;

/** Keeps the first few of each kind. */
export function firstOfEachKind(images: readonly OddImage[]): OddImage[] {
  const named = new Map<string, number>();
  return images.filter(({ kind }) => {
    const count = (named.get(kind) ?? 0) + 1;
    named.set(kind, count);
    return count <= namedImages;
  });
}

/** The odd among images: how many by kind, and the first few of each, in the order of the images. */
export function describeOdd(
  odd: Readonly<Partial<Record<Oddity, readonly number[]>>>,
  paths: readonly string[],
): { readonly oddities: Record<string, number>; readonly oddImages: OddImage[] } {
  const all = oddityKinds.flatMap((kind) => (odd[kind] ?? []).map((index) => ({ index, kind })));
  const named = all.sort((a, b) => a.index - b.index).map(({ index, kind }) => ({ path: paths[index] ?? '', kind }));
  const counts = oddityKinds.flatMap((kind) => {
    const count = odd[kind]?.length ?? 0;
    return count > 0 ? [[kind, count] as const] : [];
  });
  return { oddities: Object.fromEntries(counts.sort()), oddImages: firstOfEachKind(named) };
}

/** What is said of images that nothing can be seen of: whole folders may be missing so. */
export function lostImages(oddities: Readonly<Record<string, number>>, oddImages: readonly OddImage[]): string[] {
  return (['unreadable', 'undecodable'] as const).flatMap((kind) => {
    const count = oddities[kind] ?? 0;
    if (count === 0) return [];
    const first = oddImages.find((image) => image.kind === kind)?.path;
    const files =
      count === 1 ? `1 image file is ${kind}, ${first}` : `${count} image files are ${kind}, ${first} the first`;
    return [`${files}: left out of training and validation, grey in test`];
  });
}
