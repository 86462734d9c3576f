import { basename } from 'node:path';
import type { SourceImage } from '../types.js';

/** How an image's id follows from its file name. */
export type IdRule = (fileName: string) => string;

/** The competition's rule: the file name up to its first dot. */
export const upToFirstDot: IdRule = (fileName) => fileName.slice(0, fileName.indexOf('.'));

/** The whole file name without its ending: for names in which dots stand, such as dates. */
export const withoutEnding: IdRule = (fileName) => fileName.slice(0, fileName.lastIndexOf('.'));

/** File names by image id; two files of one id give a list of two. */
export function filesById(names: readonly string[], idOf: IdRule): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const name of names) {
    const id = idOf(name);
    const known = files.get(id);
    if (known === undefined) files.set(id, [name]);
    else known.push(name);
  }
  return files;
}

/** The rule by which more of a table's ids have one file; null where both do equally well. */
export function ruleOfTable(ids: readonly string[], names: readonly string[]): IdRule | null {
  const found = (rule: IdRule): number => {
    const files = filesById(names, rule);
    return ids.filter((id) => files.get(id)?.length === 1).length;
  };
  const [atFirst, atLast] = [found(upToFirstDot), found(withoutEnding)];
  if (atFirst === atLast) return null;
  return atFirst > atLast ? upToFirstDot : withoutEnding;
}

/** The rule that the data set's tables show; where they show none the competition's, but whole names where files would have the same id by that. */
export function ruleOfTest(names: readonly string[], ofTables: IdRule | null): IdRule {
  if (ofTables !== null) return ofTables;
  return new Set(names.map(upToFirstDot)).size < names.length ? withoutEnding : upToFirstDot;
}

/** Whether the ids of test images are others than the competition's rule gives. */
export function areWholeNames(test: readonly SourceImage[]): boolean {
  return test.some(({ id, path }) => id !== upToFirstDot(basename(path)));
}
