/** A number that several processes add to: what all of them are known to have counted, and what was not yet told. */

export class Counter {
  /** Of everybody, as last told by the store. */
  #known = 0;
  #untold = 0;
  #telling = false;

  get value(): number {
    return this.#known + this.#untold;
  }

  get hasNews(): boolean {
    return this.#untold !== 0;
  }

  add(amount: number): void {
    this.#untold += amount;
  }

  /**
   * Tells `send` what is new, which gives everybody's sum. Meanwhile the value stays right.
   *
   * @throws what `send` throws
   */
  async tell(send: (amount: number) => Promise<number>): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      const amount = this.#untold;
      const sum = await send(amount);
      this.#untold -= amount;
      this.#known = sum;
    } finally {
      this.#telling = false;
    }
  }
}
