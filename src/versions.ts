import { readFileSync } from 'node:fs';

/** Versions of what a result depends on, by name. */
export function versions(): Record<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const own =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
  return { hyperbudget: own, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}
