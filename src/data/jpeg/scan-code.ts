import {
  and,
  anyByteEquals,
  below,
  belowUnsigned,
  byteAt,
  type Code,
  call,
  equals,
  firstByte,
  floatAt,
  floatOf,
  floatTimes,
  forever,
  get,
  giveBack,
  isZero,
  leave,
  load,
  longOf,
  longOr,
  longShiftLeft,
  longShiftRightUnsigned,
  lowWord,
  minus,
  narrowToBytes,
  narrowWords,
  or,
  plus,
  repeat,
  rotateLeft,
  set,
  shiftLeft,
  shiftRight,
  shiftRightUnsigned,
  splat,
  splatFloat,
  step,
  store,
  storeByte,
  storeFloat,
  storeWord,
  times,
  truncated,
  vectorAdd,
  type WasmFunction,
  when,
  word,
  wordAt,
  zeros,
} from '../../wasm/assembler.js';
import { address, component, huffman } from './layout.js';

/**
 * `unstuff(from, end, to)`: copies a scan's bytes without the zero behind each 255; gives back where they end, 0 where no end-of-image marker
 * comes after them. `to` may be `from`.
 */
export function unstuff(): WasmFunction {
  const [from, end, to, byte, sixteen] = [0, 1, 2, 3, 4];
  const next = (): Code => byteAt(get(from), 1);
  return {
    name: 'unstuff',
    parameters: 3,
    words: 1,
    vectors: 1,
    hasResult: true,
    body: [
      ...forever([
        ...when(belowUnsigned(plus(get(from), word(16)), get(end)), [
          ...set(sixteen, load(get(from))),
          ...when(isZero(anyByteEquals(get(sixteen), 255)), [
            ...store(get(to), get(sixteen)),
            ...step(from, word(16)),
            ...step(to, word(16)),
            ...leave(2),
          ]),
        ]),
        ...when(isZero(belowUnsigned(plus(get(from), word(1)), get(end))), giveBack(word(0))),
        ...set(byte, byteAt(get(from))),
        ...when(equals(get(byte), word(255)), [
          ...when(equals(next(), word(0xd9)), giveBack(get(to))),
          ...when(next(), giveBack(word(0))),
          ...step(from, word(1)),
        ]),
        ...storeByte(get(to), get(byte)),
        ...step(from, word(1)),
        ...step(to, word(1)),
      ]),
      ...word(0),
    ],
  };
}

/** `longCode(table, bits)`: the entry of the code of more than ten bits that 16 bits begin with; 0 for none. */
export function longCode(): WasmFunction {
  const [table, bits, length, code, symbol] = [0, 1, 2, 3, 4];
  const byLength = (part: number): Code => wordAt(plus(get(table), times(get(length), word(4))), part);
  return {
    name: 'longCode',
    parameters: 2,
    words: 3,
    vectors: 0,
    hasResult: true,
    body: [
      ...set(length, word(huffman.lookupBits + 1)),
      ...repeat(below(get(length), word(17)), [
        ...set(code, shiftRightUnsigned(get(bits), minus(word(16), get(length)))),
        ...when(belowUnsigned(get(code), byLength(huffman.limits)), [
          ...set(
            symbol,
            byteAt(plus(get(table), and(plus(get(code), byLength(huffman.offsets)), word(255))), huffman.symbols),
          ),
          ...giveBack(
            or(
              get(length),
              or(
                shiftLeft(shiftRightUnsigned(get(symbol), word(4)), word(8)),
                shiftLeft(and(get(symbol), word(15)), word(16)),
              ),
            ),
          ),
        ]),
        ...step(length, word(1)),
      ]),
      ...word(0),
    ],
  };
}

/** Numbers within the module of the functions that a scan calls. */
export interface ScanCalls {
  readonly longCode: number;
  readonly block8: number;
  readonly block4: number;
}

/**
 * `scan(columns, rows, components, from, end)`: decodes a baseline scan of so many units (MCUs) from bytes without stuffing into the planes of its
 * components (ITU-T T.81, F.2). 1 where the bytes are no such scan or end too early, else 0. Behind `end` 4 KiB of zeros must follow.
 */
export function scan(calls: ScanCalls): WasmFunction {
  const [columns, rows, components, from, end] = [0, 1, 2, 3, 4];
  const [row, column, part, last, y, x, place, entry, size, value, count, coded, to, begin] = [
    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
  ];
  const bits = 19;
  const of = (offset: number): Code => wordAt(get(part), offset);
  const bad = giveBack(word(1));

  const refill: Code = when(below(get(count), word(32)), [
    ...set(coded, wordAt(get(from))),
    ...set(
      bits,
      longOr(
        get(bits),
        longShiftLeft(
          longOf(
            or(
              and(rotateLeft(get(coded), word(8)), word(0x00ff00ff)),
              and(rotateLeft(get(coded), word(24)), word(0xff00ff00 | 0)),
            ),
          ),
          longOf(minus(word(32), get(count))),
        ),
      ),
    ),
    ...step(from, word(4)),
    ...step(count, word(32)),
  ]);
  const top = (bitCount: Code): Code => lowWord(longShiftRightUnsigned(get(bits), longOf(minus(word(64), bitCount))));
  const skip = (bitCount: Code): Code => [
    ...set(bits, longShiftLeft(get(bits), longOf(bitCount))),
    ...set(count, minus(get(count), bitCount)),
  ];
  /** Reads a code into `entry` and its `size`. */
  const readCode = (table: number): Code => [
    ...refill,
    ...set(entry, wordAt(plus(of(table), shiftLeft(top(word(huffman.lookupBits)), word(2))))),
    ...when(isZero(get(entry)), [
      ...set(entry, call(calls.longCode, of(table), top(word(16)))),
      ...when(isZero(get(entry)), bad),
    ]),
    ...skip(and(get(entry), word(255))),
    ...set(size, shiftRightUnsigned(get(entry), word(16))),
  ];
  /** Reads `size` bits as a value of that category (F.2.2.1): those that begin with 0 are negative. */
  const readValue: Code = [
    ...set(value, top(get(size))),
    ...skip(get(size)),
    ...set(
      value,
      plus(
        get(value),
        and(
          shiftRight(minus(get(value), shiftLeft(word(1), minus(get(size), word(1)))), word(31)),
          plus(shiftLeft(word(-1), get(size)), word(1)),
        ),
      ),
    ),
  ];
  const dequantised = (index: Code): Code =>
    floatTimes(floatOf(get(value)), floatAt(plus(of(component.quantisation), index)));

  const block: Code = [
    ...readCode(component.dcTable),
    ...when(get(size), [
      ...readValue,
      ...storeWord(get(part), plus(of(component.prediction), get(value)), component.prediction),
    ]),
    ...set(value, of(component.prediction)),
    ...storeFloat(word(address.coefficients), dequantised(word(0))),
    ...set(place, word(1)),
    ...repeat(below(get(place), word(64)), [
      ...readCode(component.acTable),
      ...when(
        get(size),
        [
          ...step(place, and(shiftRightUnsigned(get(entry), word(8)), word(255))),
          ...when(isZero(below(get(place), word(64))), bad),
          ...readValue,
          ...storeFloat(
            plus(word(address.coefficients), wordAt(plus(of(component.zigzag), shiftLeft(get(place), word(2))))),
            dequantised(shiftLeft(get(place), word(2))),
          ),
          ...step(place, word(1)),
        ],
        // Without a value: sixteen zeros, or no further coefficient.
        when(equals(and(get(entry), word(0xff00)), word(0xf00)), step(place, word(16)), set(place, word(64))),
      ),
    ]),
    ...set(
      to,
      plus(
        plus(
          of(component.plane),
          times(
            times(plus(times(get(row), of(component.vertical)), get(y)), of(component.blockSide)),
            of(component.stride),
          ),
        ),
        times(plus(times(get(column), of(component.horizontal)), get(x)), of(component.blockSide)),
      ),
    ),
    ...when(
      equals(of(component.blockSide), word(8)),
      call(calls.block8, get(to), of(component.stride)),
      when(
        equals(of(component.blockSide), word(4)),
        call(calls.block4, get(to), of(component.stride)),
        storeByte(get(to), brightness()),
      ),
    ),
  ];
  const each = (index: number, limit: Code, body: Code): Code => [
    ...set(index, word(0)),
    ...repeat(below(get(index), limit), [...body, ...step(index, word(1))]),
  ];
  return {
    name: 'scan',
    parameters: 5,
    words: 14,
    longs: 1,
    vectors: 0,
    hasResult: true,
    body: [
      ...set(begin, get(from)),
      ...set(last, plus(word(address.component(0)), times(get(components), word(component.size)))),
      ...each(
        row,
        get(rows),
        each(column, get(columns), [
          ...when(belowUnsigned(plus(get(end), word(8)), get(from)), bad),
          ...set(part, word(address.component(0))),
          ...repeat(belowUnsigned(get(part), get(last)), [
            ...each(y, of(component.vertical), each(x, of(component.horizontal), block)),
            ...step(part, word(component.size)),
          ]),
        ]),
      ),
      // Bits that were read but are not used yet do not count.
      ...belowUnsigned(get(end), minus(get(from), shiftRightUnsigned(get(count), word(3)))),
    ],
  };
}

/** The mean of a block from its first coefficient. */
function brightness(): Code {
  const mean = truncated(vectorAdd(splat(word(address.coefficients)), splatFloat(128.5)));
  return firstByte(narrowToBytes(narrowWords(mean, zeros), zeros));
}
