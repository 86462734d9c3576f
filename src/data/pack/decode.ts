import { extname } from 'node:path';
import sharp from 'sharp';
import { Gate } from './gate.js';
import { formatOf, type ImageHeader, isRaster, readHeader } from './header.js';
import { decodePlainPng } from './plain-png.js';
import { shrink } from './shrink.js';
import { storedBytes } from './stored-size.js';

/**
 * What may be odd about an image file. All but `unreadable`, a file that cannot be read, and `undecodable` are mended: CMYK, grey, 16-bit and transparent (on white) images become 8-bit
 * sRGB; of a truncated one, what can be read is kept; `mislabelled-format` has another format than its name says; `oversized` has more than
 * 100 megapixels (above 268 megapixels, half of it with 16 bits, it is refused as undecodable).
 */
export const oddityKinds = [
  'cmyk',
  'grey',
  'sixteen-bit',
  'alpha',
  'truncated',
  'unreadable',
  'undecodable',
  'mislabelled-format',
  'oversized',
] as const;

export type Oddity = (typeof oddityKinds)[number];

export interface DecodeOptions {
  /** Bounds the pixels that are decoded at the same time; left out where this is the only image. */
  readonly gate?: Gate;
  /** Images with more are left alone; default: none are. */
  readonly mostPixels?: number | undefined;
}

export interface DecodedImage {
  /** RGB bytes by resolution in the order asked for; null where the image could not be decoded. */
  readonly pixels: readonly Uint8Array[] | null;
  readonly oddities: readonly Oddity[];
}

/** Sets the decoder of this process for many small images: one thread each and no cache of operations is fastest. */
export function manySmallImages(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

const oversizedPixels = 100e6;
/** sharp's own default limit, 0x3FFF². */
export const refusedPixels = 0x3fff ** 2;

const formatOfExtension: Readonly<Record<string, string>> = {
  '.jpeg': 'jpeg',
  '.jpg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
};

/** The header of a format that is not read here by hand, from the decoder. */
async function askDecoder(bytes: Buffer): Promise<ImageHeader> {
  const found = await sharp(bytes, { failOn: 'none' }).metadata();
  const space = found.space ?? '';
  return {
    format: formatOf(bytes) ?? 'other',
    width: found.autoOrient.width,
    height: found.autoOrient.height,
    colour: space === 'cmyk' ? 'cmyk' : space === 'b-w' || space === 'grey16' ? 'grey' : 'rgb',
    bitDepth: found.depth === 'uchar' ? 8 : 16,
    alpha: found.hasAlpha,
    interlaced: false,
  };
}

/** The oddities that a header shows. */
export function oddHeader(header: ImageHeader, path: string): Oddity[] {
  const odd: Oddity[] = [];
  if (header.colour === 'cmyk') odd.push('cmyk');
  if (header.colour === 'grey') odd.push('grey');
  if (header.bitDepth > 8) odd.push('sixteen-bit');
  if (header.alpha) odd.push('alpha');
  if (header.format !== (formatOfExtension[extname(path).toLowerCase()] ?? 'other')) odd.push('mislabelled-format');
  if (header.width * header.height > oversizedPixels) odd.push('oversized');
  return odd;
}

/** All of an image as RGB bytes of a square, upright. */
async function render(
  bytes: Buffer,
  header: ImageHeader,
  side: number,
  failOn: 'none' | 'truncated',
): Promise<Uint8Array> {
  const image = sharp(bytes, { failOn, autoOrient: true, limitInputPixels: refusedPixels });
  if (header.alpha) image.flatten({ background: '#fff' });
  if (header.width !== side || header.height !== side) {
    image.resize(side, side, { fit: 'fill', kernel: 'linear' });
  }
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  // What a damaged header says need not be what the decoder finds.
  if (info.width !== side || info.height !== side) {
    throw new Error(`${info.width} x ${info.height} pixels, not ${side} x ${side}`);
  }
  if (info.channels === 3) return data;
  const pixels = new Uint8Array(storedBytes(side));
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[pixel * 3 + channel] = data[pixel * info.channels + (info.channels < 3 ? 0 : channel)] ?? 0;
    }
  }
  return pixels;
}

/** The other resolutions from one that is there: smaller ones by averaging, larger ones by interpolation. */
async function otherSides(base: Uint8Array, side: number, resolutions: readonly number[]): Promise<Uint8Array[]> {
  return Promise.all(
    resolutions.map((wanted) => {
      if (wanted === side) return base;
      if (wanted < side) return shrink(base, side, wanted);
      const image = sharp(base, { raw: { width: side, height: side, channels: 3 } });
      return image.resize(wanted, wanted, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
    }),
  );
}

/**
 * Decodes an image file and brings all of it to a square of every resolution. An image that is one of them already is not resampled for it.
 *
 * @param resolutions sides in pixels
 */
export async function decodeImage(
  bytes: Buffer,
  path: string,
  resolutions: readonly number[],
  options?: DecodeOptions & { readonly mostPixels?: undefined },
): Promise<DecodedImage>;
/** @returns null for one above `mostPixels` */
export async function decodeImage(
  bytes: Buffer,
  path: string,
  resolutions: readonly number[],
  options: DecodeOptions,
): Promise<DecodedImage | null>;
export async function decodeImage(
  bytes: Buffer,
  path: string,
  resolutions: readonly number[],
  { gate = new Gate(refusedPixels), mostPixels = refusedPixels }: DecodeOptions = {},
): Promise<DecodedImage | null> {
  if (!isRaster(bytes)) return undecodable([]);
  let header: ImageHeader;
  try {
    header = readHeader(bytes) ?? (await askDecoder(bytes));
  } catch {
    // Whatever the decoder has against it: no image. The caller counts and reports it.
    return undecodable([]);
  }
  const oddities = oddHeader(header, path);
  // The samples of 16-bit images take twice the memory.
  const pixels = header.width * header.height * (header.bitDepth > 8 ? 2 : 1);
  if (pixels > refusedPixels || pixels === 0) return undecodable(oddities);
  if (pixels > mostPixels) return null;
  return gate.run(pixels, () => decodePixels(bytes, header, oddities, resolutions));
}

export const undecodable = (oddities: readonly Oddity[]): DecodedImage => ({
  pixels: null,
  oddities: [...oddities, 'undecodable'],
});

async function decodePixels(
  bytes: Buffer,
  header: ImageHeader,
  oddities: readonly Oddity[],
  resolutions: readonly number[],
): Promise<DecodedImage> {
  const { width } = header;
  const isOwn = width === header.height && resolutions.includes(width);
  const side = isOwn ? width : Math.max(...resolutions);
  const all = (base: Uint8Array) => otherSides(base, side, resolutions);
  const plain = isOwn ? decodePlainPng(bytes, header) : undefined;
  if (plain !== undefined) return { pixels: await all(plain), oddities };
  try {
    return { pixels: await all(await render(bytes, header, side, 'truncated')), oddities };
  } catch {
    // Strictly it cannot be decoded; try for what there is.
  }
  try {
    return { pixels: await all(await render(bytes, header, side, 'none')), oddities: [...oddities, 'truncated'] };
  } catch {
    return undecodable(oddities);
  }
}
