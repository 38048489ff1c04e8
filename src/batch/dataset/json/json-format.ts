/** JSON files: one list of objects. The tokens of a stream parser tell where each element begins and ends. */

import { Buffer } from "node:buffer";
import Tokenizer from "@streamparser/json/tokenizer.js";
import TokenType from "@streamparser/json/utils/types/tokenType.js";
import { LoomError } from "../../../errors/index.ts";
import { fileFault, rowFault } from "../faults.ts";
import { isLonger, lineEnds } from "../raw-row.ts";
import type { RawRow, RowFormat, RowFormatOptions } from "../raw-row.ts";
import { checkFree } from "./check-free.ts";
import { inserted } from "./inserted.ts";
import { idOf, rowObject } from "./row-object.ts";

/** What may come next outside of elements. */
type Expected = "list" | "element or end" | "element" | "separator or end" | "nothing";

export function jsonFormat({ file, maxRowBytes }: RowFormatOptions): RowFormat {
  const tokenizer = new Tokenizer({ stringBufferSize: 64 * 1024 });
  let expected: Expected = "list";
  let depth = 0;
  /** What has come of the gap or element under way in earlier chunks. */
  let begun: string[] = [];
  let begunLength = 0;
  /** The chunk as text, where that has the same positions as the bytes, or else the bytes. */
  let ascii: string | undefined = "";
  let bytes: Buffer = Buffer.alloc(0);
  /** Where the chunk begins in the whole stream, and how long it is, in bytes. */
  let base = 0;
  let length = 0;
  let start = 0;
  let head: string | undefined;
  let gap = "";
  let line = 1;
  let index = 0;
  let into: RawRow[] = [];

  function cut(from: number, to: number): string {
    return ascii === undefined ? bytes.toString("utf8", from, to) : ascii.slice(from, to);
  }

  /** Ends the gap or element under way at a position of the stream. */
  function upTo(offset: number): string {
    const last = cut(Math.max(0, start - base), offset - base);
    start = offset;
    if (begunLength === 0) return last;
    const whole = begun.join("") + last;
    begun = [];
    begunLength = 0;
    return whole;
  }

  function elementBegins(offset: number): void {
    gap = upTo(offset);
    line += lineEnds(gap);
    if (head === undefined) {
      head = gap;
      gap = "";
    }
    depth = 1;
  }

  function elementEnds(offset: number): void {
    const text = upTo(offset);
    if (isLonger(text, maxRowBytes)) throw tooLong();
    const fields = rowObject(text, { file, index, line });
    into.push({ index, line, id: idOf(fields, text), fields, gap, text, end: "" });
    line += lineEnds(text);
    index++;
    gap = "";
    expected = "separator or end";
  }

  tokenizer.onToken = ({ token, offset }) => {
    const opens = token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET;
    if (depth > 0) {
      const closes = token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET;
      if (opens) depth++;
      else if (closes && --depth === 0) elementEnds(offset + 1);
    } else if (token === TokenType.LEFT_BRACKET && expected === "list") expected = "element or end";
    else if (token === TokenType.LEFT_BRACE && expected.startsWith("element")) elementBegins(offset);
    else if (token === TokenType.RIGHT_BRACKET && expected.endsWith("or end")) expected = "nothing";
    else if (token === TokenType.COMMA && expected === "separator or end") expected = "element";
    else throw misplaced();
  };
  tokenizer.onError = (error) => {
    throw LoomError.is(error) ? error : broken();
  };

  /** Something that may not stand between elements. */
  function misplaced(): Error {
    const open = begun.join("") + cut(Math.max(0, start - base), length);
    const at = line + lineEnds(/^[\s,[\]]*/.exec(open)?.[0] ?? "");
    if (expected === "list") {
      return fileFault(
        file,
        `line ${at}: a .json file is one list of objects, [{"id": …}, …]; name it .jsonl if each line is an object`,
      );
    }
    if (expected === "nothing") {
      return fileFault(file, `line ${at}: there is something after the end of the list`);
    }
    const problem = expected === "separator or end"
      ? "a comma or ] is missing before it"
      : 'it is no object; each row is an object, such as {"id": "a", "prompt": "…"}';
    return rowFault({ file, index, line: at }, problem);
  }

  function tooLong(): Error {
    return rowFault(
      { file, index, line },
      `it is longer than ${maxRowBytes} bytes, which is the most; maybe a quote or brace is not closed`,
    );
  }

  function broken(): Error {
    if (depth === 0) return misplaced();
    return rowFault({ file, index, line }, "it is no valid JSON: there is a character that may not be there");
  }

  return {
    push(chunk, rows) {
      into = rows;
      length = chunk.bytes.length;
      ascii = chunk.text.length === length ? chunk.text : undefined;
      bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, length);
      tokenizer.write(chunk.bytes);
      const open = cut(Math.max(0, start - base), length);
      base += length;
      length = 0;
      if (open !== "") begun.push(open);
      begunLength += open.length;
      if (begunLength > maxRowBytes) throw tooLong();
    },
    end() {
      if (expected === "nothing") {
        gap = begun.join("");
        return;
      }
      if (expected === "list") {
        throw fileFault(file, "it is empty; a .json file is one list of objects, [{…}, …]");
      }
      throw rowFault(
        { file, index, line },
        "the file ends here; it is cut off, or a quote, brace or ] is missing",
      );
    },
    columns: () => undefined,
    head: () => head ?? "",
    written(row, names, additions, first) {
      checkFree(row, names, file);
      return `${first ? "" : row.gap}${inserted(row.text, names, additions)}`;
    },
    tail: () => gap,
  };
}
