import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decodeImage } from '../../../dist/data/pack/decode.js';
import { storedBytes } from '../../../dist/data/pack/stored-size.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const result = Buffer.alloc(body.length + 8);
  result.writeUInt32BE(data.length, 0);
  body.copy(result, 4);
  result.writeUInt32BE(crc32(body), body.length + 4);
  return result;
}

/** A PNG by its parts; what the header says need not be what the pixels are. */
function png(width, height, { depth = 8, type = 2, interlace = 0, raw, extra = [] }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, interlace], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Writes the check sums of a PNG's chunks anew, so that what was changed is looked at. */
export function mendChecksums(bytes) {
  const result = Buffer.from(bytes);
  for (let at = 8; at + 12 <= result.length; ) {
    const length = result.readUInt32BE(at);
    if (at + 12 + length > result.length) break;
    result.writeUInt32BE(crc32(result.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return result;
}

export async function samples() {
  const pixels = Buffer.from(Array.from({ length: 28 * 28 * 3 }, (_, place) => (place * 37 + (place >> 5) * 11) % 256));
  const image = () => sharp(pixels, { raw: { width: 28, height: 28, channels: 3 } });
  const tall = () => image().resize(19, 61, { fit: 'fill' });
  const made = [
    image().png(),
    image().png({ adaptiveFiltering: true }),
    image().toColourspace('b-w').png(),
    image().png({ palette: true }),
    image().ensureAlpha(0.5).png(),
    image().png({ progressive: true }),
    image().toColourspace('rgb16').png(),
    image().jpeg(),
    tall().jpeg({ progressive: true }),
    image().toColourspace('cmyk').jpeg(),
    tall().withMetadata({ orientation: 6 }).jpeg(),
    image().toColourspace('b-w').jpeg(),
    image().webp(),
    tall().webp({ lossless: true }),
    image().ensureAlpha(0.3).webp(),
    image().gif(),
    image().tiff(),
    tall().withMetadata({ orientation: 5 }).png(),
    image().jpeg({ optimiseScans: true, restartInterval: 1 }),
    sharp(pixels, { raw: { width: 28, height: 28, channels: 3, pageHeight: 7 } }).webp({
      loop: 0,
      delay: [9, 9, 9, 9],
    }),
  ];
  return Promise.all(made.map((one) => one.toBuffer()));
}

function bomb(random) {
  const side = random.pick([10_000, 16_383, 16_384, 65_535, 2 ** 31 - 1, 2 ** 32 - 1]);
  const few = Buffer.alloc(random.pick([1, 1000, 1_000_000]));
  return random.pick([
    () => png(side, side, { raw: few }),
    () => png(side, 1, { raw: few }),
    () => png(1, side, { raw: few, type: 0 }),
    () => png(0, side, { raw: few }),
    () => png(side, side, { raw: few, depth: 1, type: 0, interlace: random.below(2) }),
    // The pixels are more than the header says.
    () => png(28, 28, { raw: Buffer.alloc(random.pick([100_000, 30_000_000])) }),
    () =>
      png(28, 28, {
        raw: Buffer.alloc(28 * 85),
        extra: [
          chunk(
            random.pick(['iCCP', 'zTXt', 'iTXt', 'eXIf', 'tRNS', 'PLTE', 'acTL', 'gAMA']),
            Buffer.from(mutate.text(random, 'x\0\0abcdef'), 'latin1'),
          ),
        ],
      }),
    () =>
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><image href="file:///etc/passwd"/></svg>`,
      ),
    () =>
      Buffer.from(
        `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "${'b'.repeat(1000)}">${Array.from({ length: 20 }, (_, level) => `<!ENTITY c${level} "${`&${level === 0 ? 'b' : `c${level - 1}`};`.repeat(10)}">`).join('')}]><svg xmlns="http://www.w3.org/2000/svg"><text>&c19;</text></svg>`,
      ),
    () => Buffer.alloc(random.size(2_000_000), 0xff),
    () => Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(random.size(2_000_000), 0xff)]),
    () => Buffer.alloc(0),
  ])();
}

export const target = {
  setup: async () => ({ images: await samples() }),
  generate(random, { images }) {
    const name = `x${random.pick(['.png', '.jpeg', '.webp'])}`;
    const sides = random.pick([[28], [8, 28], [32], [19, 64]]);
    if (random.chance(0.03)) return { bytes: bomb(random), name, sides };
    const bytes = mutate.bytes(random, random.pick(images));
    if (random.chance(0.15)) {
      const at = random.below(bytes.length);
      const other = random.pick(images);
      return { bytes: Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))]), name, sides };
    }
    return {
      bytes:
        bytes.readUInt32BE?.length && bytes.length > 40 && random.chance(0.6) && bytes[0] === 0x89
          ? mendChecksums(bytes)
          : bytes,
      name,
      sides,
    };
  },
  async run({ bytes, name, sides }) {
    const { pixels, oddities } = await decodeImage(Buffer.from(bytes), name, sides);
    if (pixels === null) {
      require(oddities.includes('undecodable'), 'no pixels and no word about it', oddities.join());
      return;
    }
    for (const [place, side] of sides.entries()) {
      require(pixels[place]?.length === storedBytes(side), 'pixels of another size', () =>
        `${pixels[place]?.length} bytes for ${side} px, ${oddities.join()}`);
    }
  },
};
