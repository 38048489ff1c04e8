/** A table of plain text, the same in a terminal and in a pipe: figures to the right, words to the left. */

export interface TextColumn<Row> {
  readonly heading: string;
  /** Words; figures stand to the right. */
  readonly left?: true;
  /** Sentences, which are shown whole; only for the last column. */
  readonly long?: true;
  readonly cell: (row: Row) => string;
}

/** Names come from callers and vendors, and shall not fill the screen. */
const longest = 60;

/** Columns that are empty in every row are left out. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): readonly string[] {
  const cells = columns.map(({ cell, long }) =>
    rows.map((row) => long ? printable(cell(row)) : plain(cell(row)))
  );
  const shown = columns.flatMap(({ heading, left = false }, index) => {
    const texts = cells[index] ?? [];
    if (rows.length > 0 && texts.every((text) => text === "")) return [];
    const width = Math.max(heading.length, ...texts.map(({ length }) => length));
    return [[heading, ...texts].map((text) => left ? text.padEnd(width) : text.padStart(width))];
  });
  return Array.from(
    { length: rows.length + 1 },
    (_, line) => shown.map((column) => column[line] ?? "").join("  ").trimEnd(),
  );
}

/** Without what would move the cursor or change colours. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}

/** A name on one line: printable, and not longer than a name is. */
export function plain(text: string): string {
  const clean = printable(text);
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 1)}…`;
}

/** 0.25, 12.3, 4.1k, 2.5M, 1.2G. */
export function amount(value: number): string {
  if (value >= 999_950_000) return `${(value / 1e9).toFixed(1)}G`;
  if (value >= 999_950) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}k`;
  return String(Number(value.toFixed(value < 10 ? 2 : 1)));
}

/** Two places, and more for what is less than a cent. */
export function dollars(usd: number): string {
  const magnitude = Math.abs(usd);
  const sign = usd < 0 ? "-" : "";
  if (magnitude === 0 || magnitude >= 0.01) return `${sign}$${magnitude.toFixed(2)}`;
  if (magnitude < 0.000_001) return `${sign}<$0.000001`;
  return `${sign}$${magnitude.toFixed(6).replace(/0+$/, "")}`;
}

/** 812 ms, 12.4 s. */
export function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
