import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a crash of the machine, or worse, may leave between a kill and a resume.
 * @param what `torn journal`, `damaged checkpoint` or `damaged pack`.
 */
export function damage(what, { study, cache, chance }) {
  if (what === 'torn journal') {
    appendFileSync(join(study, 'journal.jsonl'), '{"type":"rung-progress","at":1'.slice(0, chance.integer(1, 30)));
    return;
  }
  const files = filesBelow(what === 'damaged pack' ? cache : study).filter(
    (path) => what === 'damaged pack' || path.endsWith('.checkpoint'),
  );
  if (files.length === 0) return;
  const path = chance.pick(files);
  const bytes = readFileSync(path);
  if (bytes.length === 0) return;
  bytes[chance.integer(0, bytes.length - 1)] ^= 0x40;
  // Half of the time the end is lost, too.
  writeFileSync(path, chance.happens(0.5) ? bytes : bytes.subarray(0, bytes.length / 2));
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
