/** CSV files: rows are cut by papaparse, which tells where each ends, so that its own text survives. */

import Papa from "papaparse";
import type { ParseError, ParseStepResult } from "papaparse";
import type { Json } from "../../../contract/json.ts";
import { fileFault, rowFault } from "../faults.ts";
import { isLonger, lineEnds } from "../raw-row.ts";
import type { RawRow, RowFormat, RowFormatOptions } from "../raw-row.ts";
import { checkedHeader, delimiterOf } from "./csv-header.ts";
import { csvValue } from "./csv-value.ts";

/** The text of a row that has not ended is looked at again when it has doubled, or has grown by this. */
const maxGrowth = 8 * 1024 * 1024;

interface Header {
  readonly names: readonly string[];
  readonly idAt: number;
  readonly before: string;
  readonly text: string;
  readonly end: string;
}

export function csvFormat({ file, maxRowBytes }: RowFormatOptions): RowFormat {
  let rest = "";
  let enough = 0;
  let delimiter: string | undefined;
  let parser: Papa.Parser | undefined;
  /** What the parser is at work on: where its row begins, and where the row goes. */
  let start = 0;
  let into: RawRow[] = [];
  let header: Header | undefined;
  let fieldsOf: (values: readonly string[]) => Record<string, Json>;
  let gap = "";
  let line = 1;
  let index = 0;

  /**
   * One for the whole reading: one for each chunk would keep the chunks' text alive for a while, and memory grows threefold.
   * Of the package this is what gives positions in the text as it is; the rest of it drops byte order marks.
   */
  function parserFor(mark: string): Papa.Parser {
    return new Papa.Parser({
      delimiter: mark,
      newline: "\n",
      step({ data: [values = []], errors, meta }: ParseStepResult<string[][]>) {
        const raw = rest.slice(start, meta.cursor);
        start = meta.cursor;
        if (raw !== "") take(raw, values, errors, mark);
      },
    });
  }

  function parse(isAll: boolean, rows: RawRow[]): void {
    into = rows;
    start = 0;
    delimiter ??= delimiterOf(rest, isAll);
    if (delimiter !== undefined) {
      parser ??= parserFor(delimiter);
      // No row ends behind the last line break, and a text that ends in a quote would be unquoted in vain.
      const end = isAll ? rest.length : rest.lastIndexOf("\n") + 1;
      parser.parse(rest.slice(0, end), 0, !isAll);
    }
    rest = rest.slice(start);
    enough = rest.length + Math.min(rest.length, maxGrowth);
    if (isLonger(rest, maxRowBytes)) throw tooLong();
  }

  function take(
    raw: string,
    values: string[],
    errors: readonly ParseError[],
    mark: string,
  ): void {
    const end = lineEnd(raw);
    const text = raw.slice(0, raw.length - end.length);
    const began = line;
    line += lineEnds(raw);
    if (text === "") {
      gap += raw;
      if (isLonger(gap, maxRowBytes)) throw tooLong();
      return;
    }
    if (errors.length > 0) throw fault(began, quoteProblem(errors));
    if (isLonger(text, maxRowBytes)) throw tooLong(began);
    if (end.startsWith("\r")) dropReturn(raw, values, mark);
    if (header === undefined) {
      const names = checkedHeader(file, began, values);
      header = { names, idAt: names.indexOf("id"), before: gap, text, end };
      fieldsOf = fieldMaker(names);
    } else {
      if (values.length !== header.names.length) {
        throw fault(began, countProblem(values.length, header.names.length));
      }
      const id = values[header.idAt] || undefined;
      into.push({ index, line: began, id, fields: fieldsOf(values), gap, text, end });
      index++;
    }
    gap = "";
  }

  function fault(at: number, problem: string): Error {
    return header === undefined
      ? fileFault(file, `the header (line ${at}) ${problem}`)
      : rowFault({ file, index, line: at }, `it ${problem}`);
  }

  function tooLong(at: number = line): Error {
    return fault(at, `is longer than ${maxRowBytes} bytes, which is the most; maybe a quote is not closed`);
  }

  return {
    push({ text }, rows) {
      rest += text;
      if (rest.length >= enough) parse(false, rows);
    },
    end(rows) {
      parse(true, rows);
      if (header === undefined) {
        throw fileFault(file, "it is empty; the first line of a CSV file names the columns");
      }
    },
    columns: () => header?.names,
    head(names) {
      if (header === undefined) return "";
      const added = names.map((name) => `${delimiter}${csvValue(name, delimiter ?? ",")}`);
      return `${header.before}${header.text}${added.join("")}${header.end}`;
    },
    written({ gap, text, end }, names, additions) {
      let line = gap + text;
      const mark = delimiter ?? ",";
      for (const name of names) line += mark + csvValue(additions[name], mark);
      return line + end;
    },
    tail: () => gap,
  };
}

function lineEnd(raw: string): string {
  if (raw.endsWith("\r\n")) return "\r\n";
  if (raw.endsWith("\n")) return "\n";
  return raw.endsWith("\r") ? "\r" : "";
}

/** Lines may end in LF and CRLF within one file, so the parser looks for LF; where no quotes end a value, CR is part of it. */
function dropReturn(raw: string, values: string[], delimiter: string): void {
  const last = values.at(-1);
  if (last === undefined || !last.endsWith("\r") || last.includes(delimiter)) return;
  const start = raw.length - (raw.endsWith("\n") ? 1 : 0) - last.length;
  const isWhole = start === 0 || raw[start - 1] === delimiter;
  if (isWhole && raw[start] !== '"') values[values.length - 1] = last.slice(0, -1);
}

function fieldMaker(names: readonly string[]): (values: readonly string[]) => Record<string, Json> {
  // An assignment to this one would be lost.
  if (names.includes("__proto__")) {
    return (values) => Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
  }
  return (values) => {
    const fields: Record<string, Json> = {};
    for (let at = 0; at < names.length; at++) fields[names[at] ?? ""] = values[at] ?? "";
    return fields;
  };
}

function quoteProblem(errors: readonly ParseError[]): string {
  return errors.some(({ code }) => code === "InvalidQuotes")
    ? 'has text after a closing quote; a quote inside quotes is written twice, ""'
    : "has a quote that is never closed";
}

function countProblem(count: number, expected: number): string {
  const found = count === 1 ? "1 column" : `${count} columns`;
  const help = "a value with a separator or a line break in it must be in quotes";
  return `has ${found} where the header has ${expected}; ${help}`;
}
