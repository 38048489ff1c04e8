/** JSONL files: each line is an object; blank lines are no rows, and stay where they are. */

import { rowFault } from "../faults.ts";
import { isLonger } from "../raw-row.ts";
import type { RawRow, RowFormat, RowFormatOptions } from "../raw-row.ts";
import { inserted } from "./inserted.ts";
import { idOf, rowObject } from "./row-object.ts";
import { checkFree } from "./check-free.ts";

export function jsonlFormat({ file, maxRowBytes }: RowFormatOptions): RowFormat {
  let begun: string[] = [];
  let begunLength = 0;
  let gap = "";
  let line = 1;
  let index = 0;

  function take(raw: string, rows: RawRow[]): void {
    const place = { file, index, line };
    if (isLonger(raw, maxRowBytes)) throw tooLong();
    if (raw.trim() === "") {
      gap += raw;
      if (isLonger(gap, maxRowBytes)) throw tooLong();
    } else {
      const end = raw.endsWith("\r\n") ? "\r\n" : raw.endsWith("\n") ? "\n" : "";
      const text = raw.slice(0, raw.length - end.length);
      const fields = rowObject(text, place);
      rows.push({ index, line, id: idOf(fields, text), fields, gap, text, end });
      gap = "";
      index++;
    }
    line++;
  }

  function tooLong(): Error {
    const problem = `it is longer than ${maxRowBytes} bytes, which is the most`;
    return rowFault({ file, index, line }, problem);
  }

  return {
    push({ text }, rows) {
      let start = 0;
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", start)) {
        let raw = text.slice(start, at + 1);
        if (begunLength > 0) {
          raw = begun.join("") + raw;
          begun = [];
          begunLength = 0;
        }
        take(raw, rows);
        start = at + 1;
      }
      if (start === text.length) return;
      begun.push(text.slice(start));
      begunLength += text.length - start;
      if (begunLength > maxRowBytes) throw tooLong();
    },
    end(rows) {
      if (begunLength > 0) take(begun.join(""), rows);
    },
    columns: () => undefined,
    head: () => "",
    written(row, names, additions) {
      checkFree(row, names, file);
      return `${row.gap}${inserted(row.text, names, additions)}${row.end}`;
    },
    tail: () => gap,
  };
}
