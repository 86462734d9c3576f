import type { TextProps } from 'ink';
import type { Tone } from '../model/segments.js';

type Style = Pick<TextProps, 'color' | 'bold' | 'dimColor'>;

/** Hues that people with any colour vision can tell apart (Okabe and Ito 2008, "Color Universal Design"). */
const styles: Readonly<Record<Tone, Style>> = {
  plain: {},
  strong: { bold: true },
  muted: { dimColor: true },
  good: { color: '#56B4E9' },
  warn: { color: '#F0E442' },
  bad: { color: '#D55E00' },
  running: { color: '#009E73', bold: true },
  search: { color: '#56B4E9' },
  final: { color: '#E69F00' },
  reserve: { color: '#CC79A7' },
};

export function styleOf(tone: Tone): Style {
  return styles[tone];
}
