import type { Program, TensorType } from '../program/types.js';
import type { Feed } from './engine.js';

function checkFeed(where: string, { shape, dtype }: TensorType, feed: Feed | undefined): readonly number[] {
  if (feed === undefined) throw new Error(`${where}: nothing fed`);
  if (feed instanceof Uint8Array !== (dtype === 'uint8')) {
    throw new Error(`${where}: expected ${dtype} values, got ${feed.constructor.name}`);
  }
  const [first = 1, ...rest] = shape;
  const row = rest.reduce((product, side) => product * side, 1);
  const batch = first === -1 ? feed.length / row : first;
  if (!Number.isInteger(batch) || batch < 1 || batch * row !== feed.length) {
    throw new Error(`${where}: expected [${shape.join(', ')}], got ${feed.length} values`);
  }
  return shape.length === 0 ? [] : [batch, ...rest];
}

/**
 * Checks that each input of the program is fed, with the right type and number of values, all with the same batch, and nothing else is.
 * @returns the shapes of the feeds by name.
 */
export function checkFeeds(
  program: Program,
  feeds: Readonly<Record<string, Feed>>,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  let batch: number | undefined;
  for (const [name, type] of Object.entries(program.inputs)) {
    const where = `program ${program.name}, input ${name}`;
    const shape = checkFeed(where, type, feeds[name]);
    if (type.shape[0] === -1) {
      batch ??= shape[0];
      if (batch !== shape[0]) throw new Error(`${where}: expected a batch of ${batch}, got ${shape[0]}`);
    }
    shapes.set(name, shape);
  }
  for (const name of Object.keys(feeds)) {
    if (program.inputs[name] === undefined) throw new Error(`program ${program.name}: it has no input ${name}`);
  }
  return shapes;
}
