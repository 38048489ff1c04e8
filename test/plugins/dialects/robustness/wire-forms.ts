/** The same events in the many ways in which servers and proxies write them. */

import type { ServerSentEvent } from "../../../../src/contract/dialect.ts";

interface Form {
  readonly lineEnd?: string;
  /** Stands before each event. */
  readonly before?: string;
  /** Stands between the name and the data of each event. */
  readonly between?: string;
  /** What each line of data is introduced with. Default `data: `. */
  readonly field?: string;
  /** Stands after the data, on the same line. */
  readonly after?: string;
  readonly names?: "none" | "all";
  /** Data over several lines. */
  readonly pretty?: boolean;
  readonly start?: string;
  /** Stands at the very end in place of the line ends that close the last event. */
  readonly end?: string;
}

/** Ways to write server-sent events, by what is special about them. */
export const forms: Readonly<Record<string, Form>> = {
  "LF": {},
  "CRLF": { lineEnd: "\r\n" },
  "CR": { lineEnd: "\r" },
  "comments": { before: ": PROCESSING\n\n", between: ":\n" },
  "comments with CRLF": { before: ": ping - 2026\r\n\r\n", lineEnd: "\r\n" },
  "blank lines": { before: "\n\n" },
  "no names": { names: "none" },
  "a name for every event": { names: "all" },
  "no final blank line": { end: "\n" },
  "no final line end": { end: "" },
  "no final line end, CRLF": { end: "", lineEnd: "\r\n" },
  "a byte order mark": { start: "\ufeff" },
  "ids and retry times": { before: "retry: 3000\n", between: "id: 7\n" },
  "fields of its own": { between: 'zz_unknown: {"a":1}\nzz\n' },
  "blanks after the data": { after: " \t " },
  "no blank after the colon": { field: "data:" },
  "two blanks after the colon": { field: "data:  " },
  "data of several lines": { pretty: true },
  "data of several lines, CR": { pretty: true, lineEnd: "\r" },
  "everything at once": {
    start: "\ufeff",
    lineEnd: "\r\n",
    before: "\r\n: ping\r\n\r\nretry: 1\r\n",
    between: "id: 7\r\n",
    after: " ",
    names: "none",
    end: "",
  },
};

export function written(events: readonly ServerSentEvent[], form: Form): Uint8Array {
  const { lineEnd = "\n", before = "", between = "", field = "data: ", after = "" } = form;
  const texts = events.map(({ event, data }) => {
    const name = form.names === "none" ? "" : form.names === "all" ? event || "message" : event;
    const lines = (form.pretty ? indented(data) : data).split("\n");
    return before + (name === "" ? "" : `event: ${name}${lineEnd}`) + between +
      lines.map((line) => field + line + after + lineEnd).join("") + lineEnd;
  });
  const text = (form.start ?? "") + texts.join("");
  const { end } = form;
  const closed = end === undefined ? text : text.slice(0, -2 * lineEnd.length) + end;
  return new TextEncoder().encode(closed);
}

function indented(data: string): string {
  return data.startsWith("{") ? JSON.stringify(JSON.parse(data), null, 1) : data;
}
