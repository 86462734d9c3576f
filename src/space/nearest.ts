/** Longer names, and more of them, are not compared: it would take minutes, and nobody mistyped them. */
const longestName = 64;
const mostNames = 20_000;

/** Levenshtein distance: the fewest insertions, deletions and substitutions that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/**
 * The known name that somebody most likely meant; upper and lower case count as equal, and `width` finds `network.width`.
 *
 * @returns undefined where none is near: more than half of the letters differ; or where there is too much to compare
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > longestName || known.length > mostNames) return undefined;
  const furthest = Math.max(2, name.length / 2);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const wanted = name.toLowerCase();
  // Each letter more is an insertion at least.
  const near = (other: string) =>
    Math.abs(other.length - wanted.length) > furthest ? Number.POSITIVE_INFINITY : editDistance(wanted, other);
  for (const candidate of known) {
    const full = candidate.toLowerCase();
    const last = full.slice(full.lastIndexOf('.') + 1);
    // The last part alone is a weaker sign than the whole name.
    const distance = Math.min(near(full), near(last) + (last === full ? 0 : 0.5));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return bestDistance <= furthest ? best : undefined;
}
