/** A piece of WebAssembly code as bytes. */
export type Code = readonly number[];

/** A function of i32 parameters without a result; its locals are numbered after the parameters, words before vectors. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly words: number;
  readonly vectors: number;
  readonly body: Code;
}

const i32Type = 0x7f;
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

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => [...unsigned(value.length), ...Buffer.from(value)];

/** A module that imports `env.memory` and exports `functions`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [0x60, ...vector(new Array<Code>(f.parameters).fill([i32Type])), 0]);
  const bodies = functions.map((f) => {
    const locals = vector([
      [...unsigned(f.words), i32Type],
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
