/** The characters a screen is drawn with; each takes exactly one column. */
export interface Glyphs {
  readonly running: string;
  readonly waiting: string;
  readonly scored: string;
  readonly promoted: string;
  readonly done: string;
  readonly cut: string;
  readonly failed: string;
  readonly best: string;
  readonly cursor: string;
  readonly arrow: string;
  readonly dot: string;
  /** Stands for what is not known. */
  readonly unknown: string;
  readonly ellipsis: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly corner: string;
  readonly passed: string;
  readonly ahead: string;
  /** Lowest first. */
  readonly levels: readonly string[];
  /** Two by four dots a character where true, else one mark a character. */
  readonly braille: boolean;
  /** The character itself when every terminal draws it one column wide, else a question mark. */
  readonly printable: (character: string) => string;
}

/** Latin, Greek, Cyrillic and Armenian letters without marks that combine, and what the glyphs below use. */
const narrow =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037f\u038a-\u0482\u048a-\u052f]$/;

const drawn = new Set('●○◇↑✓–✗★›→·…─│└█░▁▂▃▄▅▆▇×∞');

function isBraille(character: string): boolean {
  return character >= '\u2800' && character <= '\u28ff';
}

export const unicodeGlyphs: Glyphs = {
  running: '●',
  waiting: '○',
  scored: '◇',
  promoted: '↑',
  done: '✓',
  cut: '–',
  failed: '✗',
  best: '★',
  cursor: '›',
  arrow: '→',
  dot: '·',
  unknown: '–',
  ellipsis: '…',
  horizontal: '─',
  vertical: '│',
  corner: '└',
  passed: '█',
  ahead: '░',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  braille: true,
  printable: (character) => (narrow.test(character) || drawn.has(character) || isBraille(character) ? character : '?'),
};

export const asciiGlyphs: Glyphs = {
  running: '*',
  waiting: 'o',
  scored: '=',
  promoted: '^',
  done: '+',
  cut: '-',
  failed: 'x',
  best: '!',
  cursor: '>',
  arrow: '>',
  dot: ',',
  unknown: '-',
  ellipsis: '~',
  horizontal: '-',
  vertical: '|',
  corner: '+',
  passed: '#',
  ahead: '.',
  levels: ['_', '.', ':', '-', '=', '+', '*', '#'],
  braille: false,
  printable: (character) => (character >= ' ' && character <= '~' ? character : '?'),
};
