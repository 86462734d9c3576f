import type { Glyphs } from './glyphs.js';

/** What a piece of text means; the components turn it into a colour. Never the only carrier of a meaning. */
export type Tone = 'plain' | 'strong' | 'muted' | 'good' | 'warn' | 'bad' | 'running' | 'search' | 'final' | 'reserve';

export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

export interface Line {
  readonly segments: readonly Segment[];
  /** Drawn in reverse: the line the cursor stands on. */
  readonly inverse: boolean;
}

export function segment(text: string, tone: Tone = 'plain'): Segment {
  return { text, tone };
}

export function line(...segments: readonly Segment[]): Line {
  return { segments, inverse: false };
}

/** Terminal columns of a text, one for each code point: `fitLine` leaves only characters of width 1. */
export function cells(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export function lineWidth({ segments }: Line): number {
  return segments.reduce((sum, { text }) => sum + cells(text), 0);
}

/** Pads or cuts a text to exactly `width` columns. */
export function column(text: string, width: number, align: 'left' | 'right', glyphs: Glyphs): string {
  const characters = [...text];
  if (characters.length > width) {
    return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}${glyphs.ellipsis}`;
  }
  const padding = ' '.repeat(width - characters.length);
  return align === 'left' ? `${text}${padding}` : `${padding}${text}`;
}

/** A text in lines of at most `columns`, broken between words where that is possible and at its own line breaks. */
function brokenText(text: string, columns: number): string[] {
  const width = Math.max(1, columns);
  return text
    .replaceAll('\t', '  ')
    .split(/\r?\n/)
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let rest = [...paragraph.trimEnd()];
      while (rest.length > width) {
        const space = rest.lastIndexOf(' ', width);
        // A space at the very beginning is an indentation.
        const end = space > 0 && rest.slice(0, space).some((character) => character !== ' ') ? space : width;
        lines.push(rest.slice(0, end).join('').trimEnd());
        rest = rest.slice(rest[end] === ' ' ? end + 1 : end);
      }
      return [...lines, rest.join('')];
    });
}

/** A text behind a label, in as many lines as it takes, all of them beginning where the first does. */
export function wrapped(label: Segment, text: Segment, columns: number): Line[] {
  const indentation = cells(label.text);
  return brokenText(text.text, columns - indentation).map((part, index) =>
    line(index === 0 ? label : segment(' '.repeat(indentation)), segment(part, text.tone)),
  );
}

/** Cuts a line to `columns` and replaces every character whose width a terminal might not draw as 1. */
export function fitLine(whole: Line, columns: number, glyphs: Glyphs): Line {
  const width = lineWidth(whole);
  const room = width > columns ? Math.max(0, columns - 1) : columns;
  const segments: Segment[] = [];
  let used = 0;
  for (const { text, tone } of whole.segments) {
    const kept = [...text].slice(0, Math.max(0, room - used));
    if (kept.length > 0) segments.push({ text: kept.map(glyphs.printable).join(''), tone });
    used += kept.length;
  }
  if (width > columns && columns > 0) segments.push({ text: glyphs.ellipsis, tone: 'muted' });
  return { segments, inverse: whole.inverse };
}

/** `left` at the left and `right` at the right edge of `columns`; where both do not fit, `left` is cut. */
export function spread(left: Line, right: Line, columns: number, glyphs: Glyphs): Line {
  const room = columns - lineWidth(right) - 1;
  if (room < 1) return fitLine(left, columns, glyphs);
  const cut = fitLine(left, room, glyphs);
  return line(...cut.segments, segment(' '.repeat(columns - lineWidth(cut) - lineWidth(right))), ...right.segments);
}

/** Two blocks of lines side by side; `leftColumns` includes the gap between them. */
export function beside(left: readonly Line[], right: readonly Line[], leftColumns: number, glyphs: Glyphs): Line[] {
  const rows = Math.max(left.length, right.length);
  return Array.from({ length: rows }, (_, row) => {
    const cut = fitLine(left[row] ?? line(), leftColumns - 2, glyphs);
    return line(...cut.segments, segment(' '.repeat(leftColumns - lineWidth(cut))), ...(right[row]?.segments ?? []));
  });
}

/** A titled rule over the whole width. */
export function rule(title: string, columns: number, glyphs: Glyphs): Line {
  const rest = Math.max(0, columns - cells(title) - 5);
  return line(
    segment(`${glyphs.horizontal}${glyphs.horizontal} `, 'muted'),
    segment(title, 'strong'),
    segment(` ${glyphs.horizontal.repeat(rest)}`, 'muted'),
  );
}
