import type { Glyphs } from './glyphs.js';
import { type Line, segment, wrapped } from './segments.js';

/** Why something failed and where its log is, in full. */
export function failureLines(
  what: string,
  { message, log }: { readonly message: string; readonly log: string | null },
  columns: number,
  glyphs: Glyphs,
): Line[] {
  const reason = wrapped(segment(` ${glyphs.failed} ${what}: `, 'bad'), segment(message), columns);
  return log === null ? reason : [...reason, ...wrapped(segment('   log ', 'muted'), segment(log), columns)];
}
