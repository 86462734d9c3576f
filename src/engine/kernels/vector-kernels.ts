import {
  atLeast,
  type Code,
  get,
  load,
  multiplyAdd,
  plus,
  repeat,
  set,
  step,
  store,
  times,
  vectorAdd,
  vectorAnd,
  vectorEqual,
  vectorGreater,
  vectorSubtract,
  vectorWithout,
  type WasmFunction,
  word,
  zeros,
} from './assembler.js';

/**
 * Runs `body` for each group of channels, two vectors of four at a time as long as there are as many, then one. The local `channels` counts
 * down, the `pointers` move on.
 */
function eachGroup(channels: number, pointers: readonly number[], body: (vectors: number) => Code): Code {
  return [2, 1].flatMap((vectors) =>
    repeat(atLeast(get(channels), word(vectors * 4)), [
      ...body(vectors),
      ...pointers.flatMap((pointer) => step(pointer, word(vectors * 16))),
      ...step(channels, word(-4 * vectors)),
    ]),
  );
}

function eachVector(vectors: number, code: (vector: number) => Code): Code {
  return Array.from({ length: vectors }, (_, vector) => code(vector)).flat();
}

/** Runs `body` as often as the local `pixels` says; the `cursors` start at the `pointers` and move on by `stride` bytes. */
function eachPixel(
  pixels: number,
  rest: number,
  pointers: readonly number[],
  cursors: readonly number[],
  stride: number,
  body: Code,
): Code {
  return [
    ...pointers.flatMap((pointer, index) => set(cursors[index] ?? rest, get(pointer))),
    ...set(rest, get(pixels)),
    ...repeat(get(rest), [...body, ...cursors.flatMap((cursor) => step(cursor, get(stride))), ...step(rest, word(-1))]),
  ];
}

/**
 * `sums(u, v, pivotU, pivotV, out, channels, pixels, pixelBytes)`: for each channel the sums over the pixels of u − pivotU, to `out`, and of
 * (u − pivotU)(v − pivotV), to `out` + `channels` floats.
 */
export function sums(fused: boolean): WasmFunction {
  const [u, v, pivotU, pivotV, out, channels, pixels, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [rest, up, vp, products] = [8, 9, 10, 11];
  const [sum, product, shiftU, shiftV, shifted] = [12, 14, 16, 18, 20];
  const body = (vectors: number): Code => [
    ...eachVector(vectors, (k) => [
      ...set(sum + k, zeros),
      ...set(product + k, zeros),
      ...set(shiftU + k, load(get(pivotU), k * 16)),
      ...set(shiftV + k, load(get(pivotV), k * 16)),
    ]),
    ...eachPixel(
      pixels,
      rest,
      [u, v],
      [up, vp],
      pixelBytes,
      eachVector(vectors, (k) => {
        const other = vectorSubtract(load(get(vp), k * 16), get(shiftV + k));
        return [
          ...set(shifted, vectorSubtract(load(get(up), k * 16), get(shiftU + k))),
          ...set(sum + k, vectorAdd(get(sum + k), get(shifted))),
          ...set(product + k, multiplyAdd(get(shifted), other, get(product + k), fused)),
        ];
      }),
    ),
    ...eachVector(vectors, (k) => [
      ...store(get(out), get(sum + k), k * 16),
      ...store(get(products), get(product + k), k * 16),
    ]),
  ];
  return {
    name: 'sums',
    parameters: 8,
    words: 4,
    vectors: 9,
    body: [
      ...set(products, plus(get(out), times(get(channels), word(4)))),
      ...eachGroup(channels, [u, v, pivotU, pivotV, out, products], body),
    ],
  };
}

/** `affine(u, v, a, b, d, y, channels, pixels, pixelBytes)`: y = u · a + v · b + d with one a, b and d a channel. */
export function affine(fused: boolean): WasmFunction {
  const [u, v, a, b, d, y, channels, pixels, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [rest, up, vp, yp] = [9, 10, 11, 12];
  const [factorU, factorV, offset] = [13, 15, 17];
  const body = (vectors: number): Code => [
    ...eachVector(vectors, (k) => [
      ...set(factorU + k, load(get(a), k * 16)),
      ...set(factorV + k, load(get(b), k * 16)),
      ...set(offset + k, load(get(d), k * 16)),
    ]),
    ...eachPixel(
      pixels,
      rest,
      [u, v, y],
      [up, vp, yp],
      pixelBytes,
      eachVector(vectors, (k) => {
        const second = multiplyAdd(load(get(vp), k * 16), get(factorV + k), get(offset + k), fused);
        return store(get(yp), multiplyAdd(load(get(up), k * 16), get(factorU + k), second, fused), k * 16);
      }),
    ),
  ];
  return { name: 'affine', parameters: 9, words: 4, vectors: 6, body: eachGroup(channels, [u, v, a, b, d, y], body) };
}

/** `reluGradient(dy, y, dx, count)`: dx = y > 0 ? dy : 0 for `count` floats, a multiple of four. */
export function reluGradient(): WasmFunction {
  const [dy, y, dx, count] = [0, 1, 2, 3];
  const body = (vectors: number): Code =>
    eachVector(vectors, (k) => {
      const positive = vectorGreater(load(get(y), k * 16), zeros);
      return store(get(dx), vectorAnd(load(get(dy), k * 16), positive), k * 16);
    });
  return { name: 'reluGradient', parameters: 4, words: 0, vectors: 0, body: eachGroup(count, [dy, y, dx], body) };
}

/**
 * `firstMaximum(x, y, dy, dx, channels, rows, columns, rowBytes, pixelBytes)`: adds dy, by channel, to dx at the first pixel of one window of
 * `rows` x `columns` pixels where x is y.
 */
export function firstMaximum(): WasmFunction {
  const [x, y, dy, dx, channels, rows, columns, rowBytes, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [rowsLeft, columnsLeft, xRow, dxRow, xp, dxp] = [9, 10, 11, 12, 13, 14];
  const [pending, maximum, hit] = [15, 17, 19];
  const body = (vectors: number): Code => [
    ...eachVector(vectors, (k) => [
      ...set(pending + k, load(get(dy), k * 16)),
      ...set(maximum + k, load(get(y), k * 16)),
    ]),
    ...eachPixel(
      rows,
      rowsLeft,
      [x, dx],
      [xRow, dxRow],
      rowBytes,
      eachPixel(
        columns,
        columnsLeft,
        [xRow, dxRow],
        [xp, dxp],
        pixelBytes,
        eachVector(vectors, (k) => [
          ...set(hit, vectorEqual(load(get(xp), k * 16), get(maximum + k))),
          ...store(get(dxp), vectorAdd(load(get(dxp), k * 16), vectorAnd(get(pending + k), get(hit))), k * 16),
          ...set(pending + k, vectorWithout(get(pending + k), get(hit))),
        ]),
      ),
    ),
  ];
  return { name: 'firstMaximum', parameters: 9, words: 6, vectors: 5, body: eachGroup(channels, [x, y, dy, dx], body) };
}
