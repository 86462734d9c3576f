/** Changes to valid inputs. Each takes the stream of choices first. */

export const numbers = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  -0.5,
  1e-300,
  5e-324,
  1e300,
  1.7976931348623157e308,
  -1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 60,
  1.0000001,
  65535,
  65536,
  1e9,
  100_000,
];
const numberTexts = [
  ...numbers.map(String),
  '1e999',
  '-1e999',
  '.inf',
  '.nan',
  'NaN',
  'Infinity',
  '0x7fffffff',
  '1_000',
  '00',
  '1e',
  '--1',
  '９',
];

export const names = [
  '',
  ' ',
  ' a',
  'a ',
  '\u00a0a',
  '\ufeffa',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  '..',
  '.',
  '../../x',
  '/etc/passwd',
  'a/b',
  'a\\b',
  'C:\\x',
  'a\0b',
  'a\nb',
  'a\r\nb',
  'a,b',
  'a"b',
  '"',
  '""',
  "'",
  '=1+1',
  '\u001b[2J',
  '\u202eabc',
  'ﬀ',
  '😀',
  'e\u0301',
  '\ud800',
  '%2e%2e%2f',
  'null',
  'true',
  '~',
  '-',
  '#',
  '&a',
  '*a',
  '!!js/function',
  '<<',
  '$ {x}',
  '0',
  '-1',
  '1e3',
  'image_id',
  'x'.repeat(300),
  'y'.repeat(70_000),
];

const tokens = [
  ...names.filter((name) => name.length < 50),
  ...numberTexts,
  '\0',
  '\ufeff',
  '\r\n',
  '\r',
  '\n\n',
  '\u2028',
  '\t',
  ',',
  '"',
  "'",
  ':',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '- ',
  '? ',
  '| ',
  '> ',
  '&x ',
  '*x',
  '!!binary ',
  '!!set ',
  '%YAML 1.1\n---\n',
  '---\n',
  '...\n',
  '<<: *x',
  '//',
  '/*',
  '\\u0000',
  '\\ud800',
];

export function text(random, source) {
  let result = source;
  for (let change = random.size(8); change > 0; change--) {
    const at = random.below(result.length + 1);
    const length = random.size(Math.max(1, Math.min(200, result.length)));
    switch (random.below(11)) {
      case 0:
        result = result.slice(0, at) + random.pick(tokens) + result.slice(at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3: {
        // A part again somewhere else: doubled keys, lines and rows.
        const part = result.slice(at, at + length);
        const to = random.below(result.length + 1);
        result = result.slice(0, to) + part + result.slice(to);
        break;
      }
      case 4: {
        const lines = result.split('\n');
        const line = random.below(lines.length);
        if (random.chance(0.5)) lines.splice(line, 1);
        else lines.splice(random.below(lines.length + 1), 0, lines[line]);
        result = lines.join('\n');
        break;
      }
      case 5:
        result = replaceOne(random, result, /-?\d+(?:\.\d+)?(?:e-?\d+)?/g, random.pick(numberTexts));
        break;
      case 6:
        result = replaceOne(random, result, /[A-Za-z_][\w.-]*/g, random.pick([...names, ...numberTexts]));
        break;
      case 7: {
        const words = [...result.matchAll(/[A-Za-z_][\w.-]*/g)].map(([word]) => word);
        if (words.length > 0) result = replaceOne(random, result, /[A-Za-z_][\w.-]*/g, random.pick(words));
        break;
      }
      case 8:
        result = random.chance(0.5) ? result.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n'])) : `\ufeff${result}`;
        break;
      case 9: {
        const depth = random.size(20_000);
        const [open, close] = random.pick([
          ['[', ']'],
          ['{a: ', '}'],
          ['{"a":', '}'],
          ['- ', ''],
          ['"', '"'],
          ['(', ')'],
        ]);
        result =
          result.slice(0, at) + open.repeat(depth) + (random.chance(0.7) ? close.repeat(depth) : '') + result.slice(at);
        break;
      }
      default: {
        const code = result.charCodeAt(Math.min(at, result.length - 1)) || 0;
        result =
          result.slice(0, at) +
          String.fromCharCode(code ^ (1 << random.below(random.chance(0.9) ? 7 : 16))) +
          result.slice(at + 1);
      }
    }
    if (result.length > 4_000_000) return result.slice(0, 4_000_000);
  }
  return result;
}

function replaceOne(random, source, pattern, replacement) {
  const found = [...source.matchAll(pattern)];
  if (found.length === 0) return source;
  const { index, 0: word } = random.pick(found);
  return source.slice(0, index) + replacement + source.slice(index + word.length);
}

export function bytes(random, source) {
  let result = Buffer.from(source);
  for (let change = random.size(12); change > 0 && result.length > 0; change--) {
    const at = random.chance(0.5) ? random.below(result.length) : random.below(Math.min(64, result.length));
    switch (random.below(7)) {
      case 0:
        result[at] ^= 1 << random.below(8);
        break;
      case 1:
        result[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
        break;
      case 2:
        if (at + 4 <= result.length)
          result.writeUInt32BE(
            random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x3fff, 0xffff, 1 << random.below(31)]) >>> 0,
            at,
          );
        break;
      case 3:
        result = result.subarray(0, random.chance(0.8) ? at : result.length - random.size(16));
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + random.size(64))]);
        break;
      case 5: {
        const from = random.below(result.length);
        const part = Buffer.from(result.subarray(from, from + random.size(64)));
        result = Buffer.concat([result.subarray(0, at), part, result.subarray(at)]);
        break;
      }
      default:
        if (at + 2 <= result.length) result.writeUInt16BE(random.pick([0, 1, 2, 0xff, 0x100, 0x7fff, 0xffff]), at);
    }
  }
  return result;
}

/** Plain data with a few values, keys or list items changed: what still parses as JSON, so that the checks behind the parser are reached. */
export function plain(random, source, changes = random.size(4)) {
  const root = { root: structuredClone(source) };
  for (let change = 0; change < changes; change++) {
    const places = [];
    collect(root, places, 0);
    const { holder, key } = random.pick(places);
    const value = holder[key];
    switch (random.below(8)) {
      case 0:
        define(holder, key, random.pick(numbers));
        break;
      case 1:
        define(holder, key, random.pick(names));
        break;
      case 2:
        define(holder, key, random.pick([null, true, false, [], {}, [[]], '', 'auto']));
        break;
      case 3:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else if (key !== 'root') delete holder[key];
        break;
      case 4:
        if (Array.isArray(holder))
          holder.splice(random.below(holder.length + 1), 0, structuredClone(random.pick(holder)));
        else if (holder !== root) define(holder, random.pick(names), value);
        break;
      case 5: {
        const other = random.pick(places);
        define(holder, key, structuredClone(other.holder[other.key]));
        break;
      }
      case 6:
        if (typeof value === 'number')
          define(
            holder,
            key,
            random.pick([-value, value + 1, value * 1e9, value / 1e9, value + 0.5, 10 ** (random.unit() * 600 - 300)]),
          );
        else if (typeof value === 'string') define(holder, key, text(random, value));
        else
          define(
            holder,
            key,
            Array.from({ length: random.size(2000) }, () => value),
          );
        break;
      default: {
        let nested = random.pick([1, 'a', null]);
        for (let depth = random.size(400); depth > 0; depth--) nested = random.chance(0.5) ? [nested] : { a: nested };
        define(holder, key, nested);
      }
    }
  }
  return root.root;
}

/** `__proto__` too becomes a key like any other, as JSON.parse makes it. */
function define(holder, key, value) {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function collect(holder, places, depth) {
  if (depth > 12) return;
  for (const key of Object.keys(holder)) {
    places.push({ holder, key });
    const value = holder[key];
    if (typeof value === 'object' && value !== null && places.length < 3000) collect(value, places, depth + 1);
  }
}
