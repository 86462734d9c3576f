/** So many of the items, or all where they are fewer, evenly spread from the first one on. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  const taken = Math.min(count, items.length);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * items.length) / taken)).flatMap((place) =>
    items.slice(place, place + 1),
  );
}
