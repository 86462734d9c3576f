import { expect, it } from 'vitest';
import { InputError, messageOf, saysOutOfMemory, unreachable } from '../src/errors.js';

it('an input error says where, what was expected, what stood there and what to try, and keeps its cause', () => {
  const cause = new Error('ENOENT');
  const error = new InputError('a.yaml:3:7', 'a number', '"x"', '0.1', { cause });
  expect(error.message).toBe('a.yaml:3:7: expected a number, got "x"; try 0.1');
  expect(error).toMatchObject({ name: 'InputError', where: 'a.yaml:3:7', tryThis: '0.1', cause, further: [] });
});

it('an input error is one short line whatever was handed over, and steers no terminal', () => {
  const error = new InputError('a\nb.csv:1', 'a class', `\u001b[2J\u202e${'x'.repeat(1e6)}end\0`, '"a"');
  expect(error.message).toMatch(/^a\\nb\.csv:1: expected a class, got \\u001b\[2J\\u202exx+…x+end\\u0000; try "a"$/);
  expect(error.message.length).toBeLessThan(1000);
});

it('anything thrown has a text', () => {
  expect([new Error('e'), 'text', 7, null].map(messageOf)).toEqual(['e', 'text', '7', 'null']);
});

it('a case that the types rule out throws with what got there', () => {
  expect(() => unreachable({ type: 'new' } as never)).toThrow('unreachable: {"type":"new"}');
});

it('a text that tells of memory that was not there is known by its words, and no other', () => {
  const words = [
    'what(): std::bad_alloc',
    'RESOURCE_EXHAUSTED: OOM when allocating tensor',
    'Array buffer allocation failed',
  ];
  expect(words.map(saysOutOfMemory)).toEqual([true, true, true]);
  expect(['the memory of elephants', 'no room for another rung', ''].map(saysOutOfMemory)).toEqual([
    false,
    false,
    false,
  ]);
});
