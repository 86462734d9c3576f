import { describe, expect, test } from 'vitest';
import { asciiGlyphs, unicodeGlyphs } from '../../../src/ui/model/glyphs.js';
import { helpLines, hintLine } from '../../../src/ui/model/help.js';
import { actionOf, type KeyFlags, keyBindings, keyNames } from '../../../src/ui/model/keys.js';

const none: KeyFlags = {
  upArrow: false,
  downArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  ctrl: false,
};

describe('key names', () => {
  test('a burst counts once for each character', () => {
    expect(keyNames('jjj', none)).toEqual(['j', 'j', 'j']);
    expect(keyNames('j\r\u0003', none)).toEqual(['j', 'enter', 'ctrl+c']);
  });

  test('a named key is itself whatever text comes with it', () => {
    expect(keyNames('', { ...none, downArrow: true })).toEqual(['down']);
    expect(keyNames('\t', { ...none, tab: true })).toEqual(['tab']);
    expect(keyNames('c', { ...none, ctrl: true })).toEqual(['ctrl+c']);
  });
});

describe('the key table', () => {
  test('no key has two meanings', () => {
    const keys = keyBindings.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every key leads to its action, and others to none', () => {
    for (const { keys, action } of keyBindings) for (const key of keys) expect(actionOf(key)).toBe(action);
    expect(actionOf('z')).toBeNull();
    expect(actionOf('ctrl+j')).toBeNull();
  });

  test('the help lists every binding', () => {
    const text = helpLines(asciiGlyphs).map(({ segments }) => segments.map((one) => one.text).join(''));
    for (const { shown, help } of keyBindings) {
      expect(text.some((row) => row.includes(shown) && row.includes(help))).toBe(true);
    }
    expect(helpLines(unicodeGlyphs)).toHaveLength(text.length);
  });

  test('the last line offers only what works on the screen', () => {
    const words = (screen: 'search' | 'detail') => hintLine(screen, false).segments.map(({ text }) => text.trim());
    expect(words('search')).toEqual(expect.arrayContaining(['enter', 'detail', 'q', 'stop']));
    expect(words('search')).not.toContain('back');
    expect(words('detail')).toContain('back');
    expect(words('detail')).not.toContain('detail');
  });

  test('after asking to stop the last line says what another q does', () => {
    expect(hintLine('search', true).segments[0]?.text).toMatch(/q again stops at once/);
  });
});
