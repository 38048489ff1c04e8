/** Google counts places in a text in bytes of UTF-8; everyone else here counts UTF-16 units. */

/** Turns byte offsets into UTF-16 offsets, best asked in ascending order: it goes on from where it was. */
export class ByteOffsets {
  readonly #text: string;
  #units = 0;
  #bytes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first unit that begins at or behind this many bytes; `undefined` beyond the text's end. */
  unitAt(byte: number): number | undefined {
    if (byte < this.#bytes) this.#units = this.#bytes = 0;
    while (this.#bytes < byte && this.#units < this.#text.length) {
      const point = this.#text.codePointAt(this.#units) as number;
      this.#bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      this.#units += point < 0x10000 ? 1 : 2;
    }
    return this.#bytes >= byte ? this.#units : undefined;
  }
}
