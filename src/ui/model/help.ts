import type { Glyphs } from './glyphs.js';
import { keyBindings } from './keys.js';
import type { Screen } from './navigation.js';
import { column, type Line, line, type Segment, segment } from './segments.js';

/** The help, made from the table that the key handler uses, and what the signs mean. */
export function helpLines(glyphs: Glyphs): Line[] {
  const keys = keyBindings.map(({ shown, help }) =>
    line(segment(`  ${column(shown, 12, 'left', glyphs)}`, 'strong'), segment(help)),
  );
  const signs = [
    [glyphs.waiting, 'waiting: not begun'],
    [glyphs.running, 'running'],
    [glyphs.scored, 'scored: judged, may still be promoted'],
    [glyphs.promoted, 'promoted: goes on to the next rung'],
    [glyphs.cut, 'cut: not promoted'],
    [glyphs.done, 'done: judged in the last rung'],
    [glyphs.failed, 'failed, with the reason'],
    [glyphs.best, 'best top-1; after the search its winner, who need not have the highest'],
  ] as const;
  return [
    ...keys,
    line(),
    ...signs.map(([glyph, words]) => line(segment(`  ${glyph} `, 'strong'), segment(words, 'plain'))),
    line(),
    line(segment('  s is the number of promotions in a bracket; b0 is the first bracket opened.', 'muted')),
  ];
}

/** The last line: what the commonest keys do on this screen. */
export function hintLine(screen: Screen, stopping: boolean): Line {
  if (stopping) return line(segment(' stopping after saving; q again stops at once', 'warn'));
  const useful = keyBindings.filter(({ action }) => {
    if (action === 'open') return screen === 'search';
    return action !== 'back' || (screen !== 'search' && screen !== 'final');
  });
  return line(
    ...useful.flatMap(({ hint }): Segment[] =>
      hint === undefined ? [] : [segment(` ${hint[0]}`, 'strong'), segment(` ${hint[1]} `, 'muted')],
    ),
  );
}
