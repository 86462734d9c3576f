import {
  atLeast,
  type Code,
  get,
  load,
  multiplyAdd,
  plus,
  repeat,
  set,
  splat,
  step,
  store,
  times,
  type WasmFunction,
  word,
  wordAt,
  zeros,
} from './assembler.js';

/** Columns that one tile computes: two vectors of four. */
export const tileColumns = 8;
/** Rows of a tile; 4 x 2 accumulators are the largest tile that engines keep in 16 registers. */
const tileRows = 4;

function eachCell(rows: number, cell: (row: number, half: number) => Code): Code {
  return Array.from({ length: rows * 2 }, (_, index) => cell(index >> 1, index & 1)).flat();
}

/** Numbers of the vector locals from `first` on: two columns' vectors, one scalar, the accumulators. */
function accumulator(first: number, row: number, half: number): number {
  return first + 3 + row * 2 + half;
}

/** Accumulators += outer product of one number a row and the eight floats at `b`. */
function multiplyRow(rows: number, fused: boolean, first: number, b: Code, scalar: (row: number) => Code): Code {
  const held = first + 2;
  return [
    ...set(first, load(b)),
    ...set(first + 1, load(b, 16)),
    ...eachCell(rows, (row, half) => {
      const sum = accumulator(first, row, half);
      const product = multiplyAdd(get(held), get(first + half), get(sum), fused);
      return [...(half === 0 ? set(held, scalar(row)) : []), ...set(sum, product)];
    }),
  ];
}

/**
 * `convolve(table, m, a, c, b, n, k1, aK1, k2)`: C = A · B for `m` rows whose byte offsets from a and c stand in pairs in `table`.
 * A row of A is `k1` runs of `k2` floats, `aK1` bytes apart. B lies in `n` panels of eight columns, panel by panel, row by row; panel j goes to
 * the bytes from 32 · j of each row of C.
 */
export function convolve(fused: boolean): WasmFunction {
  const [table, m, a, c, b, n, k1, aK1, k2] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [entry, rest, bq, p, q, aSkip] = [9, 10, 11, 12, 13, 14];
  const aRow = (row: number) => 15 + row;
  const vectors = 19;
  const tile = (rows: number): Code => [
    ...Array.from({ length: rows }, (_, row) => set(aRow(row), plus(get(a), wordAt(get(entry), row * 8)))).flat(),
    ...eachCell(rows, (row, half) => set(accumulator(vectors, row, half), zeros)),
    ...set(bq, get(b)),
    ...set(p, get(k1)),
    ...repeat(get(p), [
      ...set(q, get(k2)),
      ...repeat(get(q), [
        ...multiplyRow(rows, fused, vectors, get(bq), (row) => splat(get(aRow(row)))),
        ...Array.from({ length: rows }, (_, row) => step(aRow(row), word(4))).flat(),
        ...step(bq, word(tileColumns * 4)),
        ...step(q, word(-1)),
      ]),
      ...Array.from({ length: rows }, (_, row) => step(aRow(row), get(aSkip))).flat(),
      ...step(p, word(-1)),
    ]),
    ...eachCell(rows, (row, half) =>
      store(plus(get(c), wordAt(get(entry), row * 8 + 4)), get(accumulator(vectors, row, half)), half * 16),
    ),
    ...step(entry, word(rows * 8)),
    ...step(rest, word(-rows)),
  ];
  return {
    name: 'convolve',
    parameters: 9,
    words: 10,
    vectors: 3 + tileRows * 2,
    body: [
      ...set(aSkip, plus(get(aK1), times(get(k2), word(-4)))),
      ...repeat(get(n), [
        ...set(entry, get(table)),
        ...set(rest, get(m)),
        ...repeat(atLeast(get(rest), word(tileRows)), tile(tileRows)),
        ...repeat(get(rest), tile(1)),
        ...step(b, times(times(get(k1), get(k2)), word(32))),
        ...step(c, word(32)),
        ...step(n, word(-1)),
      ]),
    ],
  };
}

/**
 * `correlate(c, cRow, a, b, m, k0, aK0, bK0, k1, aK1, bK1, k2, aK2, bK2)`: C += Aᵀ · B for `m` columns of A and eight of B. Both lie row by row:
 * `k0` times `k1` runs of `k2` rows; strides in bytes.
 */
export function correlate(fused: boolean): WasmFunction {
  const [c, cRow, a, b, m] = [0, 1, 2, 3, 4];
  const [k0, aK0, bK0, k1, aK1, bK1, k2, aK2, bK2] = [5, 6, 7, 8, 9, 10, 11, 12, 13];
  const [o, ao, bo, p, ap, bp, q, aq, bq] = [14, 15, 16, 17, 18, 19, 20, 21, 22];
  const vectors = 23;
  const cAt = (row: number) => plus(get(c), times(get(cRow), word(row)));
  const tile = (rows: number): Code => [
    ...eachCell(rows, (row, half) => set(accumulator(vectors, row, half), load(cAt(row), half * 16))),
    ...set(o, get(k0)),
    ...set(ao, get(a)),
    ...set(bo, get(b)),
    ...repeat(get(o), [
      ...set(p, get(k1)),
      ...set(ap, get(ao)),
      ...set(bp, get(bo)),
      ...repeat(get(p), [
        ...set(q, get(k2)),
        ...set(aq, get(ap)),
        ...set(bq, get(bp)),
        ...repeat(get(q), [
          ...multiplyRow(rows, fused, vectors, get(bq), (row) => splat(get(aq), row * 4)),
          ...step(aq, get(aK2)),
          ...step(bq, get(bK2)),
          ...step(q, word(-1)),
        ]),
        ...step(ap, get(aK1)),
        ...step(bp, get(bK1)),
        ...step(p, word(-1)),
      ]),
      ...step(ao, get(aK0)),
      ...step(bo, get(bK0)),
      ...step(o, word(-1)),
    ]),
    ...eachCell(rows, (row, half) => store(cAt(row), get(accumulator(vectors, row, half)), half * 16)),
    ...step(c, times(get(cRow), word(rows))),
    ...step(a, word(rows * 4)),
    ...step(m, word(-rows)),
  ];
  return {
    name: 'correlate',
    parameters: 14,
    words: 9,
    vectors: 3 + tileRows * 2,
    body: [4, 3, 2, 1].flatMap((rows) => repeat(atLeast(get(m), word(rows)), tile(rows))),
  };
}
