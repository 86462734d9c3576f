"""pillow.py LIST SIDE OUT PROCESSES: decodes and shrinks the files of a list with Pillow to squares of SIDE pixels, into one file."""
import sys
from multiprocessing import Pool

from PIL import Image

side = int(sys.argv[2])


def decode(path):
    with Image.open(path) as image:
        # What the JPEG library can leave out itself, at half, a quarter or an eighth of the size.
        image.draft("RGB", (side, side))
        return image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0).tobytes()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        paths = file.read().splitlines()
    with Pool(int(sys.argv[4])) as pool, open(sys.argv[3], "wb") as out:
        for pixels in pool.imap(decode, paths, chunksize=16):
            out.write(pixels)
