const scales: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** `Created device …/device:GPU:0 with 5000 MB memory`, or `Created TensorFlow device (…)` in older releases; MB are MiB. */
const createdDevice = /Created (?:TensorFlow )?device \S*\/device:GPU:0 with (\d+) MB memory/;
/** The pool of the GPU itself; pinned host memory has one of its own. */
const extending = /Extending allocation by \S+ bytes for GPU_0_bfc\b/;
const total = /Total allocated bytes: ([\d.]+)(B|KiB|MiB|GiB|TiB)/;

/** What TensorFlow's log says of the memory of its first GPU; fed piece by piece, as the log grows. */
export class TensorFlowLog {
  private rest = '';
  private isExtending = false;
  private granted: number | null = null;
  private allocated = 0;

  /**
   * Most that the pool may hold; null while no line says so. Of several lines the first counts: later sessions share the pool of the first, though
   * their lines tell other numbers.
   */
  get grantedBytes(): number | null {
    return this.granted;
  }

  /** How large the pool has become; it never shrinks. To three digits; 0 while nothing is known. */
  get allocatedBytes(): number {
    return this.allocated;
  }

  feed(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.read(line);
  }

  private read(line: string): void {
    const [, mebibytes] = createdDevice.exec(line) ?? [];
    if (mebibytes !== undefined) this.granted ??= Number(mebibytes) * 2 ** 20;
    if (extending.test(line)) {
      this.isExtending = true;
      return;
    }
    const [, number = '', unit = ''] = (this.isExtending && total.exec(line)) || [];
    if (number === '') return;
    this.allocated = Math.max(this.allocated, Number(number) * (scales[unit] ?? 0));
    this.isExtending = false;
  }
}
