import {
  type Code,
  get,
  load,
  narrowToBytes,
  narrowWords,
  set,
  shuffleWords,
  splatFloat,
  step,
  store,
  storeHalf,
  storeLane,
  truncated,
  vectorAdd,
  vectorMultiply,
  vectorSubtract,
  type WasmFunction,
  word,
  zeros,
} from '../../wasm/assembler.js';
import { address } from './layout.js';

const scaled = (a: Code, factor: number): Code => vectorMultiply(a, splatFloat(factor));

/**
 * The inverse transform of 8 vectors in place, four columns at once (Arai, Agui and Nakajima 1988, as in libjpeg's jidctflt.c); the factors
 * that it lacks are those of the quantisation table.
 *
 * @param t first of 12 free locals
 */
function inverse8(v: readonly number[], t: number): Code {
  const at = (index: number): Code => get(v[index] ?? 0);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = [t, t + 1, t + 2, t + 3, t + 4, t + 5, t + 6, t + 7];
  const [z10, z11, z12, z13] = [t + 8, t + 9, t + 10, t + 11];
  const plus = (a: number, b: number): Code => vectorAdd(get(a), get(b));
  const less = (a: number, b: number): Code => vectorSubtract(get(a), get(b));
  const out = (index: number, code: Code): Code => set(v[index] ?? 0, code);
  return [
    ...set(z10, vectorAdd(at(0), at(4))),
    ...set(z11, vectorSubtract(at(0), at(4))),
    ...set(z13, vectorAdd(at(2), at(6))),
    ...set(z12, vectorSubtract(scaled(vectorSubtract(at(2), at(6)), Math.SQRT2), get(z13))),
    ...set(t0, plus(z10, z13)),
    ...set(t3, less(z10, z13)),
    ...set(t1, plus(z11, z12)),
    ...set(t2, less(z11, z12)),
    ...set(z13, vectorAdd(at(5), at(3))),
    ...set(z10, vectorSubtract(at(5), at(3))),
    ...set(z11, vectorAdd(at(1), at(7))),
    ...set(z12, vectorSubtract(at(1), at(7))),
    ...set(t7, plus(z11, z13)),
    ...set(t5, scaled(plus(z10, z12), 1.847759065)),
    ...set(t4, vectorSubtract(scaled(get(z12), 1.0823922), get(t5))),
    ...set(t6, vectorSubtract(vectorAdd(scaled(get(z10), -2.61312593), get(t5)), get(t7))),
    ...set(t5, vectorSubtract(scaled(less(z11, z13), Math.SQRT2), get(t6))),
    ...set(t4, plus(t4, t5)),
    ...out(0, plus(t0, t7)),
    ...out(7, less(t0, t7)),
    ...out(1, plus(t1, t6)),
    ...out(6, less(t1, t6)),
    ...out(2, plus(t2, t5)),
    ...out(5, less(t2, t5)),
    ...out(4, plus(t3, t4)),
    ...out(3, less(t3, t4)),
  ];
}

/** Four vectors' inverse transform: the low quarter of the coefficients gives half the side. */
function inverse4(v: readonly number[], t: number): Code {
  const at = (index: number): Code => get(v[index] ?? 0);
  const [near, far] = [Math.cos(Math.PI / 8), Math.cos((3 * Math.PI) / 8)];
  const out = (index: number, code: Code): Code => set(v[index] ?? 0, code);
  return [
    ...set(t, vectorAdd(at(0), at(2))),
    ...set(t + 1, vectorSubtract(at(0), at(2))),
    ...set(t + 2, vectorAdd(scaled(at(1), near), scaled(at(3), far))),
    ...set(t + 3, vectorSubtract(scaled(at(1), far), scaled(at(3), near))),
    ...out(0, vectorAdd(get(t), get(t + 2))),
    ...out(3, vectorSubtract(get(t), get(t + 2))),
    ...out(1, vectorAdd(get(t + 1), get(t + 3))),
    ...out(2, vectorSubtract(get(t + 1), get(t + 3))),
  ];
}

/** Exchanges rows and columns of four vectors, in place. */
function transpose([a = 0, b = 0, c = 0, d = 0]: readonly number[], t: number): Code {
  return [
    ...set(t, shuffleWords(get(a), get(b), [0, 4, 1, 5])),
    ...set(t + 1, shuffleWords(get(a), get(b), [2, 6, 3, 7])),
    ...set(t + 2, shuffleWords(get(c), get(d), [0, 4, 1, 5])),
    ...set(t + 3, shuffleWords(get(c), get(d), [2, 6, 3, 7])),
    ...set(a, shuffleWords(get(t), get(t + 2), [0, 1, 4, 5])),
    ...set(b, shuffleWords(get(t), get(t + 2), [2, 3, 6, 7])),
    ...set(c, shuffleWords(get(t + 1), get(t + 3), [0, 1, 4, 5])),
    ...set(d, shuffleWords(get(t + 1), get(t + 3), [2, 3, 6, 7])),
  ];
}

/** Samples are stored from 0 to 255, transformed around 0; truncation rounds with the half. */
const sample = (local: number): Code => truncated(vectorAdd(get(local), splatFloat(128.5)));

const coefficient = (index: number): Code => load(word(address.coefficients), index * 16);
const clear = (vectors: number): Code =>
  Array.from({ length: vectors }, (_, index) => store(word(address.coefficients), zeros, index * 16)).flat();

/** `block8(to, stride)`: the coefficients as 8 × 8 samples; they are zero afterwards. */
export function block8(): WasmFunction {
  const [to, stride] = [0, 1];
  const left = [2, 3, 4, 5, 6, 7, 8, 9];
  const right = [10, 11, 12, 13, 14, 15, 16, 17];
  const t = 18;
  // After the first pass rows are columns: what was right of the first four is below them.
  const upperLeft = left.slice(0, 4);
  const lowerLeft = left.slice(4);
  const upperRight = right.slice(0, 4);
  const lowerRight = right.slice(4);
  const [first, second] = [
    [...upperLeft, ...upperRight],
    [...lowerLeft, ...lowerRight],
  ];
  return {
    name: 'block8',
    parameters: 2,
    words: 0,
    vectors: 28,
    body: [
      ...left.flatMap((local, row) => set(local, coefficient(2 * row))),
      ...right.flatMap((local, row) => set(local, coefficient(2 * row + 1))),
      ...clear(16),
      ...inverse8(left, t),
      ...inverse8(right, t),
      ...[upperLeft, lowerLeft, upperRight, lowerRight].flatMap((quarter) => transpose(quarter, t)),
      ...inverse8(first, t),
      ...inverse8(second, t),
      ...[0, 2, 4, 6].flatMap((row) => {
        const line = (at: number): Code => narrowWords(sample(first[at] ?? 0), sample(second[at] ?? 0));
        return [
          ...set(t, narrowToBytes(line(row), line(row + 1))),
          ...storeHalf(get(to), get(t), 0),
          ...step(to, get(stride)),
          ...storeHalf(get(to), get(t), 1),
          ...step(to, get(stride)),
        ];
      }),
    ],
  };
}

/** `block4(to, stride)`: the low coefficients as 4 × 4 samples; they are zero afterwards. */
export function block4(): WasmFunction {
  const [to, stride] = [0, 1];
  const rows = [2, 3, 4, 5];
  const t = 6;
  return {
    name: 'block4',
    parameters: 2,
    words: 0,
    vectors: 8,
    body: [
      ...rows.flatMap((local, row) => set(local, coefficient(row))),
      ...clear(4),
      ...inverse4(rows, t),
      ...transpose(rows, t),
      ...inverse4(rows, t),
      ...set(t, narrowToBytes(narrowWords(sample(2), sample(3)), narrowWords(sample(4), sample(5)))),
      ...[0, 1, 2, 3].flatMap((row) => [...storeLane(get(to), get(t), row), ...step(to, get(stride))]),
    ],
  };
}

/** Factors of the inverse transforms for a coefficient's column or row: of 8 samples and, from the low coefficients, of 4. */
export const transformFactors = {
  8: [1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.5411961, 0.275899379].map(
    (factor) => factor / Math.sqrt(8),
  ),
  4: [1 / (2 * Math.SQRT2), 0.5, 1 / (2 * Math.SQRT2), 0.5, 0, 0, 0, 0],
  1: [1 / Math.sqrt(8), 0, 0, 0, 0, 0, 0, 0],
} as const;
