import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in the folder of material beside the checkout; only benches read it. */
export function inShared(...names) {
  const shared = process.env.HYPERBUDGET_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url));
  return join(resolve(shared), ...names);
}
