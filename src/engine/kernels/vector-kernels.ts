import {
  type Code,
  get,
  load,
  plus,
  repeat,
  set,
  step,
  store,
  times,
  vectorAdd,
  vectorAnd,
  vectorGreater,
  vectorMultiply,
  vectorSubtract,
  type WasmFunction,
  word,
  zeros,
} from './assembler.js';

/** Runs `body` for each group of four of the `channels`, whose local counts down. */
function eachGroup(channels: number, pointers: readonly number[], body: Code): Code {
  return repeat(get(channels), [
    ...body,
    ...pointers.flatMap((pointer) => step(pointer, word(16))),
    ...step(channels, word(-4)),
  ]);
}

/**
 * `sums(u, v, pivotU, pivotV, out, channels, pixels, pixelBytes)`: for each channel the sums over the pixels of u − pivotU, to `out`, and of
 * (u − pivotU)(v − pivotV), to `out` + `channels` floats.
 */
export function sums(): WasmFunction {
  const [u, v, pivotU, pivotV, out, channels, pixels, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [rest, up, vp, products] = [8, 9, 10, 11];
  const [sum, product, shiftU, shiftV, shifted] = [12, 13, 14, 15, 16];
  return {
    name: 'sums',
    parameters: 8,
    words: 4,
    vectors: 5,
    body: [
      ...set(products, plus(get(out), times(get(channels), word(4)))),
      ...eachGroup(
        channels,
        [u, v, pivotU, pivotV, out, products],
        [
          ...set(sum, zeros),
          ...set(product, zeros),
          ...set(shiftU, load(get(pivotU))),
          ...set(shiftV, load(get(pivotV))),
          ...set(up, get(u)),
          ...set(vp, get(v)),
          ...set(rest, get(pixels)),
          ...repeat(get(rest), [
            ...set(shifted, vectorSubtract(load(get(up)), get(shiftU))),
            ...set(sum, vectorAdd(get(sum), get(shifted))),
            ...set(
              product,
              vectorAdd(get(product), vectorMultiply(get(shifted), vectorSubtract(load(get(vp)), get(shiftV)))),
            ),
            ...step(up, get(pixelBytes)),
            ...step(vp, get(pixelBytes)),
            ...step(rest, word(-1)),
          ]),
          ...store(get(out), get(sum)),
          ...store(get(products), get(product)),
        ],
      ),
    ],
  };
}

/** `affine(u, v, a, b, d, y, channels, pixels, pixelBytes)`: y = u · a + v · b + d with one a, b and d a channel. */
export function affine(): WasmFunction {
  const [u, v, a, b, d, y, channels, pixels, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const [rest, up, vp, yp] = [9, 10, 11, 12];
  const [factorU, factorV, offset] = [13, 14, 15];
  return {
    name: 'affine',
    parameters: 9,
    words: 4,
    vectors: 3,
    body: eachGroup(
      channels,
      [u, v, a, b, d, y],
      [
        ...set(factorU, load(get(a))),
        ...set(factorV, load(get(b))),
        ...set(offset, load(get(d))),
        ...set(up, get(u)),
        ...set(vp, get(v)),
        ...set(yp, get(y)),
        ...set(rest, get(pixels)),
        ...repeat(get(rest), [
          ...store(
            get(yp),
            vectorAdd(
              vectorMultiply(load(get(up)), get(factorU)),
              vectorAdd(vectorMultiply(load(get(vp)), get(factorV)), get(offset)),
            ),
          ),
          ...step(up, get(pixelBytes)),
          ...step(vp, get(pixelBytes)),
          ...step(yp, get(pixelBytes)),
          ...step(rest, word(-1)),
        ]),
      ],
    ),
  };
}

/** `reluGradient(dy, y, dx, count)`: dx = y > 0 ? dy : 0 for `count` floats, a multiple of four. */
export function reluGradient(): WasmFunction {
  const [dy, y, dx, count] = [0, 1, 2, 3];
  return {
    name: 'reluGradient',
    parameters: 4,
    words: 0,
    vectors: 0,
    body: eachGroup(count, [dy, y, dx], store(get(dx), vectorAnd(load(get(dy)), vectorGreater(load(get(y)), zeros)))),
  };
}
