import {
  above,
  type Code,
  floats,
  get,
  load,
  loadBytes,
  lowerHalf,
  narrowToBytes,
  narrowWords,
  plus,
  repeat,
  set,
  shuffle,
  shuffleWords,
  splat,
  splatFloat,
  step,
  store,
  storeLane,
  times,
  truncated,
  upperHalf,
  vectorAdd,
  vectorMultiply,
  vectorSubtract,
  type WasmFunction,
  word,
  wordAt,
  zeros,
} from '../../wasm/assembler.js';

/**
 * `resample(plane, stride, columns, rowAxis, rowTaps, rows, columnAxis, columnTaps, width, line, to, toBytes)`: brings a plane of bytes to
 * another size, as float32. For each new row the `rowAxis` has the first old row and `rowTaps` weights; the mean of these, `columns` numbers, goes
 * to `line`. For each new column the `columnAxis` has the byte within `line` of the first old column, three words of nothing and weights for
 * `columnTaps` groups of four. Rows of the result begin `toBytes` apart. Behind `line` zeros must follow for 64 bytes.
 */
export function resample(): WasmFunction {
  const [plane, stride, columns, rowAxis, rowTaps, rows] = [0, 1, 2, 3, 4, 5];
  const [columnAxis, columnTaps, width, line, to, toBytes] = [6, 7, 8, 9, 10, 11];
  const [rest, from, tap, at, out, axis, left] = [12, 13, 14, 15, 16, 17, 18];
  const [low, high, bytes, weight] = [19, 20, 21, 22];
  const weighted = (half: (a: Code) => Code, sum: number): Code =>
    set(sum, vectorAdd(get(sum), vectorMultiply(floats(half(get(bytes))), get(weight))));
  return {
    name: 'resample',
    parameters: 12,
    words: 7,
    vectors: 4,
    body: repeat(get(rows), [
      ...set(left, get(columns)),
      ...set(out, get(line)),
      ...set(from, plus(get(plane), times(wordAt(get(rowAxis)), get(stride)))),
      ...repeat(above(get(left), word(0)), [
        ...set(low, zeros),
        ...set(high, zeros),
        ...set(at, get(from)),
        ...set(axis, plus(get(rowAxis), word(4))),
        ...set(tap, get(rowTaps)),
        ...repeat(get(tap), [
          ...set(bytes, loadBytes(get(at))),
          ...set(weight, splat(get(axis))),
          ...weighted(lowerHalf, low),
          ...weighted(upperHalf, high),
          ...step(at, get(stride)),
          ...step(axis, word(4)),
          ...step(tap, word(-1)),
        ]),
        ...store(get(out), get(low)),
        ...store(get(out), get(high), 16),
        ...step(out, word(32)),
        ...step(from, word(8)),
        ...step(left, word(-8)),
      ]),
      ...set(rowAxis, get(axis)),
      ...set(axis, get(columnAxis)),
      ...set(out, get(to)),
      ...set(rest, get(width)),
      ...repeat(get(rest), [
        ...set(at, plus(get(line), wordAt(get(axis)))),
        ...step(axis, word(16)),
        ...set(low, zeros),
        ...set(tap, get(columnTaps)),
        ...repeat(get(tap), [
          ...set(low, vectorAdd(get(low), vectorMultiply(load(get(at)), load(get(axis))))),
          ...step(at, word(16)),
          ...step(axis, word(16)),
          ...step(tap, word(-1)),
        ]),
        ...set(low, vectorAdd(get(low), shuffleWords(get(low), get(low), [2, 3, 0, 1]))),
        ...set(low, vectorAdd(get(low), shuffleWords(get(low), get(low), [1, 0, 3, 2]))),
        ...storeLane(get(out), get(low), 0),
        ...step(out, word(4)),
        ...step(rest, word(-1)),
      ]),
      ...step(to, get(toBytes)),
      ...step(rows, word(-1)),
    ]),
  };
}

/**
 * `colours(luma, blue, red, lumaBytes, chromaBytes, to, width, height)`: planes of float32 as RGB bytes (JFIF 1.02; ITU-T T.871), rows one after the
 * other. Up to 16 bytes behind the result are overwritten.
 */
export function colours(): WasmFunction {
  const [luma, blue, red, lumaBytes, chromaBytes, to, width, height] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [left, y, cb, cr, out] = [8, 9, 10, 11, 12];
  const [light, u, v] = [13, 14, 15];
  const centred = (pointer: number): Code => vectorSubtract(load(get(pointer)), splatFloat(128));
  const scaled = (local: number, factor: number): Code => vectorMultiply(get(local), splatFloat(factor));
  const channel = (...terms: readonly Code[]): Code => truncated(terms.reduce(vectorAdd, get(light)));
  const packed = narrowToBytes(
    narrowWords(channel(scaled(v, 1.402)), channel(scaled(u, -0.344136), scaled(v, -0.714136))),
    narrowWords(channel(scaled(u, 1.772)), zeros),
  );
  return {
    name: 'colours',
    parameters: 8,
    words: 5,
    vectors: 3,
    body: repeat(get(height), [
      ...set(y, get(luma)),
      ...set(cb, get(blue)),
      ...set(cr, get(red)),
      ...set(out, get(to)),
      ...set(left, get(width)),
      ...repeat(above(get(left), word(0)), [
        ...set(light, vectorAdd(load(get(y)), splatFloat(0.5))),
        ...set(u, centred(cb)),
        ...set(v, centred(cr)),
        ...store(get(out), shuffle(packed, zeros, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 12, 13, 14, 15])),
        ...[y, cb, cr].flatMap((pointer) => step(pointer, word(16))),
        ...step(out, word(12)),
        ...step(left, word(-4)),
      ]),
      ...step(to, times(get(width), word(3))),
      ...step(luma, get(lumaBytes)),
      ...step(blue, get(chromaBytes)),
      ...step(red, get(chromaBytes)),
      ...step(height, word(-1)),
    ]),
  };
}
