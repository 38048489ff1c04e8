/** Chunks of bytes become bunches of rows: as many as a chunk completes. */

import { type RawRow, type RowFormat } from "./raw-row.ts";
import { strictUtf8, type TextChunk } from "./strict-utf8.ts";

export interface RawRows {
  /** The byte order mark, once the first bunch has come. */
  bom(): string;
  /** To be read once. @throws LoomError `invalid-request`, `file-unreadable`, after the rows before the fault */
  bunches: AsyncGenerator<readonly RawRow[], void>;
}

const mark = "\ufeff";

/** @param format made for this reading */
export function rawRows(file: string, chunks: AsyncIterable<Uint8Array>, format: RowFormat): RawRows {
  const decoder = strictUtf8(file);
  let bom: string | undefined;

  function withoutBom(chunk: TextChunk): TextChunk {
    if (bom !== undefined || chunk.text === "") return chunk;
    bom = chunk.text.startsWith(mark) ? mark : "";
    return bom === "" ? chunk : { text: chunk.text.slice(1), bytes: chunk.bytes.subarray(3) };
  }

  async function* read(): AsyncGenerator<readonly RawRow[], void> {
    for await (const chunk of chunks) {
      const rows: RawRow[] = [];
      const fault = faultOf(() => format.push(withoutBom(decoder.push(chunk)), rows));
      if (rows.length > 0) yield rows;
      if (fault !== undefined) throw fault.error;
    }
    decoder.end();
    const rows: RawRow[] = [];
    const fault = faultOf(() => format.end(rows));
    if (rows.length > 0) yield rows;
    if (fault !== undefined) throw fault.error;
  }

  return { bom: () => bom ?? "", bunches: read() };
}

/** What is finished counts, so a fault waits until the rows before it have been handed out. */
function faultOf(run: () => void): { readonly error: unknown } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return { error };
  }
}
