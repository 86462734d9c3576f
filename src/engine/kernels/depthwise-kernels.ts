import { depthwiseSide } from '../../program/geometry.js';
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
  type WasmFunction,
  word,
  zeros,
} from './assembler.js';

const taps = Array.from({ length: depthwiseSide ** 2 }, (_, tap) => tap);

/** Parameters and words that both kernels share. */
const [x, rowBytes, weights, other, channels, pixels, stepBytes, pixelBytes] = [0, 1, 2, 3, 4, 5, 6, 7];
const [rest, xp, otherPixel, above, below] = [8, 9, 10, 11, 12];
const words = 5;
/** A vector for each tap, then one more. */
const [perTap, current] = [13, 13 + taps.length];

const tapOf = (tap: number): Code => plus(get(weights), times(get(pixelBytes), word(tap)));

/** Four channels of the pixel under a tap; the rows of the window begin at three pointers. */
function under(tap: number): Code {
  const row = [xp, above, below][Math.floor(tap / depthwiseSide)] ?? xp;
  return load(plus(get(row), times(get(pixelBytes), word(tap % depthwiseSide))));
}

/** For every four channels `before`, then `body` for every pixel of a row, then `after`. */
function eachRow(before: Code, body: Code, after: Code): Code {
  return repeat(atLeast(get(channels), word(4)), [
    ...before,
    ...set(xp, get(x)),
    ...set(otherPixel, get(other)),
    ...set(rest, get(pixels)),
    ...repeat(get(rest), [
      ...set(above, plus(get(xp), get(rowBytes))),
      ...set(below, plus(get(above), get(rowBytes))),
      ...body,
      ...step(xp, get(stepBytes)),
      ...step(otherPixel, get(pixelBytes)),
      ...step(rest, word(-1)),
    ]),
    ...after,
    ...[x, weights, other].flatMap((pointer) => step(pointer, word(16))),
    ...step(channels, word(-4)),
  ]);
}

/**
 * `depthwise(x, rowBytes, weights, y, channels, pixels, stepBytes, pixelBytes)`: one row of results. Their windows of 3x3 pixels begin at `x`,
 * `stepBytes` apart; weights lie by tap, then channel; channels are a multiple of four.
 */
export function depthwise(fused: boolean): WasmFunction {
  const load9 = taps.flatMap((tap) => set(perTap + tap, load(tapOf(tap))));
  const body = [
    ...set(current, zeros),
    ...taps.flatMap((tap) => set(current, multiplyAdd(under(tap), get(perTap + tap), get(current), fused))),
    ...store(get(otherPixel), get(current)),
  ];
  return { name: 'depthwise', parameters: 8, words, vectors: taps.length + 1, body: eachRow(load9, body, []) };
}

/** `depthwiseCorrelate(x, rowBytes, dweights, dy, …)`: adds to each tap's weights what one row of gradients gives; otherwise as `depthwise`. */
export function depthwiseCorrelate(fused: boolean): WasmFunction {
  const load9 = taps.flatMap((tap) => set(perTap + tap, load(tapOf(tap))));
  const body = [
    ...set(current, load(get(otherPixel))),
    ...taps.flatMap((tap) => set(perTap + tap, multiplyAdd(under(tap), get(current), get(perTap + tap), fused))),
  ];
  const store9 = taps.flatMap((tap) => store(tapOf(tap), get(perTap + tap)));
  return {
    name: 'depthwiseCorrelate',
    parameters: 8,
    words,
    vectors: taps.length + 1,
    body: eachRow(load9, body, store9),
  };
}
