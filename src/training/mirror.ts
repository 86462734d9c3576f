/** Mirrors square RGB images left to right, in place. */
export function mirrorImages(images: Uint8Array, side: number): void {
  const rowBytes = side * 3;
  for (let row = 0; row + rowBytes <= images.length; row += rowBytes) {
    for (let left = row, right = row + rowBytes - 3; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = images[left + channel] ?? 0;
        images[left + channel] = images[right + channel] ?? 0;
        images[right + channel] = kept;
      }
    }
  }
}
