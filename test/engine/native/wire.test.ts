import { describe, expect, it } from 'vitest';
import { float, integer, join, message, varint } from '../../../src/engine/native/wire.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the wire format', () => {
  it('writes integers in groups of seven bits, the lowest first', () => {
    expect([0, 1, 127, 128, 300].map((value) => hex(varint(value)))).toEqual(['00', '01', '7f', '8001', 'ac02']);
    expect(hex(varint(2 ** 40))).toBe('808080808020');
  });

  it('writes a negative number, such as an open dimension, in ten bytes', () => {
    expect(hex(varint(-1))).toBe('ffffffffffffffffff01');
  });

  it('refuses what is no whole number', () => {
    expect(() => varint(0.5)).toThrow('expected a whole number, got 0.5');
    expect(() => varint(Number.NaN)).toThrow('got NaN');
  });

  it('writes the examples of the format’s documentation', () => {
    expect(hex(integer(1, 150))).toBe('089601');
    expect(hex(message(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(message(3, [integer(1, 150)]))).toBe('1a03089601');
  });

  it('writes floats with the lowest byte first, and field numbers above 15 in two bytes', () => {
    expect(hex(float(4, 1))).toBe('250000803f');
    expect(hex(integer(16, 1))).toBe('800101');
  });

  it('joins bytes in their order', () => {
    expect(hex(join([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]))).toBe('010203');
  });
});
