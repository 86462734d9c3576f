/** A piece of WebAssembly code as bytes. */
export type Code = readonly number[];

/** A function of i32 parameters; its locals are numbered after the parameters: words (i32), longs (i64), vectors. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly words: number;
  /** Default 0. */
  readonly longs?: number;
  readonly vectors: number;
  /** Whether it gives back an i32; default false. */
  readonly hasResult?: boolean;
  readonly body: Code;
}

const i32Type = 0x7f;
const i64Type = 0x7e;
const v128Type = 0x7b;

function leb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

const simd = (code: number): Code => [0xfd, ...unsigned(code)];
const access = (code: number, offset: number): Code => [...simd(code), 2, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const word = (value: number): Code => [0x41, ...leb(value)];
export const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const times = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
export const atLeast = (a: Code, b: Code): Code => [...a, ...b, 0x4f];
export const step = (local: number, by: Code): Code => set(local, plus(get(local), by));

/** Runs `body` while `condition` holds. */
export const repeat = (condition: Code, body: Code): Code => [
  ...[0x03, 0x40],
  ...condition,
  ...[0x04, 0x40],
  ...body,
  ...[0x0c, 1, 0x0b, 0x0b],
];

/** Runs `then` where `condition` is not 0, else `otherwise`. Counts as one level for `leave`. */
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...condition,
  ...[0x04, 0x40],
  ...then,
  ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
  0x0b,
];
/** A piece of code that `leave` can jump to the end of. */
export const block = (body: Code): Code => [0x02, 0x40, ...body, 0x0b];
/** Runs `body` again and again, until `leave(1)` in it; `leave(0)` begins the next round. */
export const forever = (body: Code): Code => block([0x03, 0x40, ...body, ...leave(0), 0x0b]);
/** Jumps to the end of the `level`-th enclosing block, conditional or loop, counted from 0; in a loop to its beginning. */
export const leave = (level: number): Code => [0x0c, ...unsigned(level)];
export const giveBack = (value: Code): Code => [...value, 0x0f];
/** Calls the function of that number in the module. */
export const call = (index: number, ...words: readonly Code[]): Code => [...words.flat(), 0x10, ...unsigned(index)];

export const minus = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
export const and = (a: Code, b: Code): Code => [...a, ...b, 0x71];
export const or = (a: Code, b: Code): Code => [...a, ...b, 0x72];
export const shiftLeft = (a: Code, b: Code): Code => [...a, ...b, 0x74];
/** Arithmetic and logical. */
export const shiftRight = (a: Code, b: Code): Code => [...a, ...b, 0x75];
export const shiftRightUnsigned = (a: Code, b: Code): Code => [...a, ...b, 0x76];
export const rotateLeft = (a: Code, b: Code): Code => [...a, ...b, 0x77];
export const isZero = (a: Code): Code => [...a, 0x45];
export const equals = (a: Code, b: Code): Code => [...a, ...b, 0x46];
export const below = (a: Code, b: Code): Code => [...a, ...b, 0x48];
export const belowUnsigned = (a: Code, b: Code): Code => [...a, ...b, 0x49];
export const above = (a: Code, b: Code): Code => [...a, ...b, 0x4a];

export const longShiftLeft = (a: Code, b: Code): Code => [...a, ...b, 0x86];
export const longShiftRightUnsigned = (a: Code, b: Code): Code => [...a, ...b, 0x88];
export const longOr = (a: Code, b: Code): Code => [...a, ...b, 0x84];
/** An i64 of an i32, zero-extended, and the low half of an i64. */
export const longOf = (a: Code): Code => [...a, 0xad];
export const lowWord = (a: Code): Code => [...a, 0xa7];
/** The i32 at an address, and its byte. */
export const byteAt = (address: Code, offset = 0): Code => [...address, 0x2d, 0, ...unsigned(offset)];
export const storeWord = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...[0x36, 0],
  ...unsigned(offset),
];
export const storeByte = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...[0x3a, 0],
  ...unsigned(offset),
];
/** One float32: of an i32, at an address, a product, to an address. */
export const floatOf = (a: Code): Code => [...a, 0xb2];
export const floatAt = (address: Code, offset = 0): Code => [...address, 0x2a, 0, ...unsigned(offset)];
export const floatTimes = (a: Code, b: Code): Code => [...a, ...b, 0x94];
export const storeFloat = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...[0x38, 0],
  ...unsigned(offset),
];

/** The i32 at an address. */
export const wordAt = (address: Code, offset = 0): Code => [...address, 0x28, 2, ...unsigned(offset)];

/** Four float32 at an address; one float32 in all four lanes; four zeros. */
export const load = (address: Code, offset = 0): Code => [...address, ...access(0, offset)];
export const splat = (address: Code, offset = 0): Code => [...address, ...access(9, offset)];
export const store = (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...access(11, offset)];
export const zeros: Code = [...simd(12), ...new Array<number>(16).fill(0)];
export const vectorAdd = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)];
export const vectorSubtract = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe5)];
export const vectorMultiply = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)];
export const vectorGreater = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x44)];
export const vectorEqual = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x41)];
/** a where `mask` is clear, else 0. */
export const vectorWithout = (a: Code, mask: Code): Code => [...a, ...mask, ...simd(0x4f)];
export const vectorAnd = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)];
/** a · b + c, in one rounding where `fused` (the relaxed SIMD instruction set). */
export const multiplyAdd = (a: Code, b: Code, c: Code, fused: boolean): Code =>
  fused ? [...a, ...b, ...c, ...simd(0x105)] : vectorAdd(c, vectorMultiply(a, b));

export const splatFloat = (value: number): Code => [
  0x43,
  ...new Uint8Array(Float32Array.of(value).buffer),
  ...simd(0x13),
];
/** Sixteen bytes of a and b, by number from 0 to 31. */
export const shuffle = (a: Code, b: Code, bytes: readonly number[]): Code => [...a, ...b, ...simd(13), ...bytes];
/** Four words of a and b, by number from 0 to 7. */
export const shuffleWords = (a: Code, b: Code, words: readonly number[]): Code =>
  shuffle(
    a,
    b,
    words.flatMap((at) => [0, 1, 2, 3].map((byte) => at * 4 + byte)),
  );
/** Sixteen bytes at an address are compared with one byte; whether any is equal. */
export const anyByteEquals = (a: Code, byte: number): Code => [
  ...a,
  ...word(byte),
  ...simd(0x0f),
  ...simd(0x23),
  ...simd(0x53),
];
/** Eight bytes at an address as eight i16, zero-extended; the lower and upper four i16 as i32; four i32 as float32. */
export const loadBytes = (address: Code, offset = 0): Code => [...address, ...simd(2), 0, ...unsigned(offset)];
export const lowerHalf = (a: Code): Code => [...a, ...simd(0xa9)];
export const upperHalf = (a: Code): Code => [...a, ...simd(0xaa)];
export const floats = (a: Code): Code => [...a, ...simd(0xfa)];
/** Four float32 as i32, rounded towards zero; two vectors of i32 as one of i16, two of i16 as one of bytes: what is outside becomes the limit. */
export const truncated = (a: Code): Code => [...a, ...simd(0xf8)];
export const narrowWords = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x85)];
export const narrowToBytes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x66)];
/** The lowest byte of a vector as an i32. */
export const firstByte = (a: Code): Code => [...a, ...simd(0x16), 0];
/** Stores one of the two halves or the four words of a vector. */
export const storeHalf = (address: Code, value: Code, half: number, offset = 0): Code => [
  ...address,
  ...value,
  ...simd(0x5b),
  0,
  ...unsigned(offset),
  half,
];
export const storeLane = (address: Code, value: Code, lane: number, offset = 0): Code => [
  ...address,
  ...value,
  ...simd(0x5a),
  0,
  ...unsigned(offset),
  lane,
];

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => [...unsigned(value.length), ...Buffer.from(value)];

/** A module that imports `env.memory` and exports `functions`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [
    0x60,
    ...vector(new Array<Code>(f.parameters).fill([i32Type])),
    ...(f.hasResult === true ? [1, i32Type] : [0]),
  ]);
  const bodies = functions.map((f) => {
    const locals = vector([
      [...unsigned(f.words), i32Type],
      [...unsigned(f.longs ?? 0), i64Type],
      [...unsigned(f.vectors), v128Type],
    ]);
    const code = [...locals, ...f.body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 2, 0, 0]])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map((f, index) => [...text(f.name), 0, ...unsigned(index)]))),
    ...section(10, vector(bodies)),
  ]);
}
