/**
 * Lets work begin while the weights of what runs stay within a capacity, in the order of asking. What weighs more than the capacity runs alone.
 */
export class Gate {
  private used = 0;
  private readonly waiting: { readonly weight: number; readonly begin: () => void }[] = [];

  constructor(private readonly capacity: number) {}

  /** @param weight >= 0, in the unit of the capacity. */
  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const held = Math.min(weight, this.capacity);
    await new Promise<void>((begin) => {
      this.waiting.push({ weight: held, begin });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.used -= held;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.used + next.weight <= this.capacity; next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.weight;
      next.begin();
    }
  }
}
