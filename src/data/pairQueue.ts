/** A priority queue of number pairs: the smallest first number leaves first, among equals the smallest second. */
export class PairQueue {
  private readonly firsts: number[] = [];
  private readonly seconds: number[] = [];

  get size(): number {
    return this.firsts.length;
  }

  clear(): void {
    this.firsts.length = 0;
    this.seconds.length = 0;
  }

  /** O(log n). */
  push(first: number, second: number): void {
    let hole = this.firsts.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.before(first, second, parent)) break;
      this.move(parent, hole);
      hole = parent;
    }
    this.firsts[hole] = first;
    this.seconds[hole] = second;
  }

  /** Takes the smallest pair out; undefined when there is none. O(log n). */
  pop(): [first: number, second: number] | undefined {
    const top: [number, number] = [this.firsts[0] as number, this.seconds[0] as number];
    const first = this.firsts.pop();
    const second = this.seconds.pop();
    if (first === undefined || second === undefined) return undefined;
    const size = this.firsts.length;
    if (size === 0) return top;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (
        child + 1 < size &&
        this.before(this.firsts[child + 1] as number, this.seconds[child + 1] as number, child)
      )
        child++;
      if (this.before(first, second, child)) break;
      this.move(child, hole);
      hole = child;
    }
    this.firsts[hole] = first;
    this.seconds[hole] = second;
    return top;
  }

  private before(first: number, second: number, index: number): boolean {
    const other = this.firsts[index] as number;
    return first < other || (first === other && second < (this.seconds[index] as number));
  }

  private move(from: number, to: number): void {
    this.firsts[to] = this.firsts[from] as number;
    this.seconds[to] = this.seconds[from] as number;
  }
}
