/** Server-sent events: every rule of the format and every liberty vendors take, however the network cuts the bytes. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServerSentEvent } from "../../src/contract/dialect.ts";
import { sseSplitter } from "../../src/wire/sse.ts";

const bytes = new TextEncoder();

/** An event as `name|data`, so that tables stay readable. */
function shown({ event, data }: ServerSentEvent): string {
  return `${event}|${data}`;
}

function read(chunks: Iterable<Uint8Array>, maxEventChars?: number): string[] {
  const splitter = sseSplitter(maxEventChars);
  const events: string[] = [];
  for (const chunk of chunks) events.push(...splitter.push(chunk).map(shown));
  events.push(...splitter.end().map(shown));
  return events;
}

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["line feeds", "data: a\n\ndata: b\n\n", ["|a", "|b"]],
  ["carriage returns with line feeds", "data: a\r\n\r\ndata: b\r\n\r\n", ["|a", "|b"]],
  ["carriage returns alone", "data: a\r\rdata: b\r\r", ["|a", "|b"]],
  ["all three mixed", "data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", ["|a\nb\nc", "|d"]],
  ["a CR that ends one line and an LF that is the next", "data: a\r\n\ndata: b\n\n", ["|a", "|b"]],
  ["characters of two, three and four bytes", "data: é€😀é\n\n", ["|é€😀é"]],
  ["a byte order mark, once", "\uFEFFdata: a\n\ndata: \uFEFFb\n\n", ["|a", "|\uFEFFb"]],
  ["comments and pings", ": ping\n\n:\n: x\ndata: a\n:y\n\n: end\n\n", ["|a"]],
  ["data without a space", "data:a\n\ndata:  b\n\n", ["|a", "| b"]],
  ["several data lines", "data: a\ndata:\ndata: b\n\n", ["|a\n\nb"]],
  ["names of events", "event: start\ndata: 1\n\nevent:stop\ndata: 2\n\ndata: 3\n\n", [
    "start|1",
    "stop|2",
    "|3",
  ]],
  ["the last of two names", "event: a\nevent: b\ndata: 1\n\n", ["b|1"]],
  ["a name without data, which is nothing", "event: ping\n\ndata: a\n\n", ["|a"]],
  ["empty data", "data:\n\ndata: \n\n", ["|", "|"]],
  ["fields without a colon", "data\n\ndata\ndata\n\nevent: a\nevent\ndata: 1\n\n", ["|", "|\n", "|1"]],
  ["fields it does not know", "id: 7\nretry: 10\ndatas: x\ndata: a\nDATA: b\n\n", ["|a"]],
  ["a colon in the data", 'data: {"a": "b: c"}\n\n', ['|{"a": "b: c"}']],
  ["no blank line at the end", "data: a\n\ndata: b\n", ["|a", "|b"]],
  ["no line end at the end", "data: a\n\nevent: x\ndata: [DONE]", ["|a", "x|[DONE]"]],
  ["a carriage return at the end", "data: a\r", ["|a"]],
  ["many blank lines", "\n\n\r\n\rdata: a\n\n\n\n\n", ["|a"]],
  ["nothing", "", []],
  ["only comments", ": a\n: b", []],
];

describe("sseSplitter", () => {
  for (const [name, text, expected] of cases) {
    it(`reads ${name}, in one piece, byte by byte and cut in two anywhere`, () => {
      const all = bytes.encode(text);
      assert.deepEqual(read([all]), expected, "in one piece");
      assert.deepEqual(read([...all].map((byte) => Uint8Array.of(byte))), expected, "byte by byte");
      for (let at = 0; at <= all.length; at++) {
        assert.deepEqual(read([all.subarray(0, at), all.subarray(at)]), expected, `cut at ${at}`);
      }
    });
  }

  it("gives an event as soon as its blank line is there, also when that is a lone CR", () => {
    const splitter = sseSplitter();
    assert.deepEqual(splitter.push(bytes.encode("data: a\n")), []);
    assert.deepEqual(splitter.push(bytes.encode("\n")).map(shown), ["|a"]);
    assert.deepEqual(splitter.push(bytes.encode("data: b\r\n\r")).map(shown), ["|b"]);
    assert.deepEqual(splitter.push(bytes.encode("\ndata: c\n\n")).map(shown), ["|c"]);
  });

  it("reads bytes that are no UTF-8 as replacement characters", () => {
    const bad = Uint8Array.of(...bytes.encode("data: a"), 0xff, 0x0a, 0x0a);
    assert.deepEqual(read([bad]), ["|a\uFFFD"]);
    assert.deepEqual(read([Uint8Array.of(...bytes.encode("data: a"), 0xe2, 0x82)]), ["|a\uFFFD"]);
  });

  for (
    const [name, text] of [
      ["one line that never ends", "data: " + "x".repeat(200)],
      ["a comment that never ends", ":" + "x".repeat(200)],
      ["lines that are no event yet", "data: 0123456789\n".repeat(20)],
      ["empty lines of data", "data:\n".repeat(200)],
    ] as const
  ) {
    it(`refuses ${name}`, () => {
      assert.throws(() => read([bytes.encode(text)], 100), /longer than 100 characters/);
      assert.throws(() => read([...bytes.encode(text)].map((byte) => Uint8Array.of(byte)), 100), RangeError);
    });
  }

  it("counts each event by itself", () => {
    assert.equal(read([bytes.encode(`data: ${"x".repeat(90)}\n\n`.repeat(10))], 100).length, 10);
  });

  for (
    const [name, unit] of [["one line", "x".repeat(1000)], [
      "short lines",
      "data: 0123456789\n".repeat(60),
    ]] as const
  ) {
    it(`takes time in proportion to an event that comes in small chunks (${name})`, () => {
      const chunk = bytes.encode(unit);
      const time = (chunks: number) => {
        const splitter = sseSplitter();
        const startMs = performance.now();
        splitter.push(bytes.encode("data: "));
        for (let index = 0; index < chunks; index++) splitter.push(chunk);
        const [event] = splitter.push(bytes.encode("\n\n"));
        assert.ok((event?.data.length ?? 0) > chunks * 500);
        assert.ok(event?.data.endsWith(unit.slice(-3, -1)));
        return performance.now() - startMs;
      };
      time(500);
      const small = Math.max(1, Math.min(time(625), time(625)));
      const large = Math.min(time(5_000), time(5_000));
      // Eight times the data: linear is 8, quadratic 64.
      assert.ok(large < small * 32 + 50, `5 MB took ${large} ms, 0.6 MB took ${small} ms`);
    });
  }

  it("takes time in proportion to a chunk whose only carriage return is its last character", () => {
    const time = (lines: number) => {
      const chunk = bytes.encode("\n".repeat(lines) + "\r");
      const startMs = performance.now();
      sseSplitter().push(chunk);
      return performance.now() - startMs;
    };
    time(1_000);
    const large = Math.min(time(400_000), time(400_000));
    assert.ok(large < 500, `400 kB of empty lines took ${large} ms`);
  });
});
