import { deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { readHeader } from '../../../dist/data/pack/header.js';
import { decodePlainPng } from '../../../dist/data/pack/plain-png.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';
import { mendChecksums } from './image.js';

/** A PNG whose pixel data were changed before they were compressed: filters and bytes at random. */
function refiltered(random, bytes) {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') {
      const raw = mutate.bytes(random, inflateSync(bytes.subarray(at + 8, at + 8 + length)));
      const packed = deflateSync(raw, { level: random.below(10) });
      const parts = random.chance(0.3) ? [packed.subarray(0, 5), Buffer.alloc(0), packed.subarray(5)] : [packed];
      const chunks = parts.map((part) => Buffer.concat([uint32(part.length), Buffer.from('IDAT'), part, uint32(0)]));
      return mendChecksums(Buffer.concat([bytes.subarray(0, at), ...chunks, bytes.subarray(at + 12 + length)]));
    }
    at += 12 + length;
  }
  return bytes;
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Our own reader of plain PNGs against the general one: what both take must be the same picture. */
export const target = {
  async setup() {
    const noise = (count) =>
      Buffer.from(Array.from({ length: count }, (_, place) => (place * 53 + (place >> 4) * 7) % 256));
    const images = [];
    for (const [width, height] of [
      [28, 28],
      [1, 1],
      [7, 13],
      [96, 96],
    ]) {
      for (const channels of [1, 3]) {
        const image = sharp(noise(width * height * channels), { raw: { width, height, channels } });
        images.push(
          await image
            .toColourspace(channels === 1 ? 'b-w' : 'srgb')
            .png({ adaptiveFiltering: images.length % 3 > 0, compressionLevel: images.length % 9 })
            .toBuffer(),
        );
      }
    }
    return { images };
  },
  generate(random, { images }) {
    const source = random.pick(images);
    const form = random.unit();
    if (form < 0.5) return { bytes: refiltered(random, source) };
    const bytes = mutate.bytes(random, source);
    return { bytes: form < 0.8 ? mendChecksums(bytes) : bytes };
  },
  async run({ bytes: input }) {
    const bytes = Buffer.from(input);
    const header = readHeader(bytes);
    const pixels = header === undefined ? undefined : decodePlainPng(bytes, header);
    if (pixels === undefined) return;
    require(pixels.length ===
      header.width *
        header.height *
        3, 'pixels of another size', `${pixels.length}, ${header.width} x ${header.height}`);
    let other;
    try {
      other = await sharp(bytes, { failOn: 'warning', autoOrient: true })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
    } catch {
      // The general reader is stricter with what stands around the pixels.
      return;
    }
    const { data, info } = other;
    require(info.width === header.width &&
      info.height === header.height, 'another size than the general reader', `${info.width} x ${info.height}`);
    for (let pixel = 0; pixel < info.width * info.height; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const theirs = data[pixel * info.channels + (info.channels < 3 ? 0 : channel)];
        require(pixels[pixel * 3 + channel] ===
          theirs, 'another picture than the general reader', `pixel ${pixel}: ${pixels[pixel * 3 + channel]}, not ${theirs}`);
      }
    }
  },
};
