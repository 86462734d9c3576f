/** What a key asks for. */
export type Action =
  | 'up'
  | 'down'
  | 'top'
  | 'bottom'
  | 'pageUp'
  | 'pageDown'
  | 'open'
  | 'back'
  | 'switch'
  | 'time'
  | 'messages'
  | 'help'
  | 'interrupt';

export interface KeyBinding {
  readonly action: Action;
  /** Names as `keyNames` gives them: one character, or `up`, `down`, `pageup`, `pagedown`, `enter`, `escape`, `tab`, `ctrl+c`. */
  readonly keys: readonly string[];
  /** The keys as help shows them. */
  readonly shown: string;
  readonly help: string;
  /** Keys and a word for the last line of the screen; absent where the key is only in the help. */
  readonly hint?: readonly [keys: string, word: string];
}

/** The one table of keys: the handler looks them up here and the help is made from it. */
export const keyBindings: readonly KeyBinding[] = [
  { action: 'down', keys: ['j', 'down'], shown: 'j down', help: 'next trial', hint: ['j/k', 'move'] },
  { action: 'up', keys: ['k', 'up'], shown: 'k up', help: 'previous trial' },
  { action: 'top', keys: ['g', 'home'], shown: 'g home', help: 'first trial' },
  { action: 'bottom', keys: ['G', 'end'], shown: 'G end', help: 'last trial' },
  { action: 'pageDown', keys: ['pagedown'], shown: 'pgdn', help: 'one screen down' },
  { action: 'pageUp', keys: ['pageup'], shown: 'pgup', help: 'one screen up' },
  { action: 'open', keys: ['enter'], shown: 'enter', help: 'all about the selected trial', hint: ['enter', 'detail'] },
  { action: 'back', keys: ['escape'], shown: 'esc', help: 'back', hint: ['esc', 'back'] },
  { action: 'switch', keys: ['tab'], shown: 'tab', help: 'search or final run', hint: ['tab', 'search/final'] },
  { action: 'time', keys: ['t'], shown: 't', help: 'where the time went', hint: ['t', 'time'] },
  { action: 'messages', keys: ['m'], shown: 'm', help: 'the latest messages in full', hint: ['m', 'messages'] },
  { action: 'help', keys: ['?'], shown: '?', help: 'this help', hint: ['?', 'help'] },
  {
    action: 'interrupt',
    keys: ['q', 'ctrl+c'],
    shown: 'q ctrl+c',
    help: 'stop after saving, to be resumed; a second time: at once',
    hint: ['q', 'stop'],
  },
];

/** The keys of a piece of terminal input that are named by flags, as Ink reports them. */
export interface KeyFlags {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly ctrl: boolean;
}

const named: readonly (readonly [keyof KeyFlags, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
];

const controls: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u001b': 'escape',
  '\u0003': 'ctrl+c',
};

/** The keys in one piece of input: a fast burst such as `jjj` arrives at once and counts three times. */
export function keyNames(input: string, flags: KeyFlags): string[] {
  const name = named.find(([flag]) => flags[flag])?.[1];
  if (name !== undefined) return [name];
  if (flags.ctrl) return [`ctrl+${input}`];
  return [...input].map((character) => controls[character] ?? character);
}

export function actionOf(key: string): Action | null {
  return keyBindings.find(({ keys }) => keys.includes(key))?.action ?? null;
}
