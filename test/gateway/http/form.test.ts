/** Forms as clients really write them, and forms that are broken, too big or hostile. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FormLimits, readForm } from "../../../src/gateway/http/form.ts";
import { failureOf } from "../../support/failure.ts";

const boundary = "----loom42";
const contentType = `multipart/form-data; boundary=${boundary}`;

/** One piece of a form. */
function piece(head: string, content: string): string {
  return `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
}

function form(...pieces: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${pieces.join("")}--${boundary}--\r\n`);
}

/** As `fetch` writes it. */
async function written(data: FormData): Promise<[string, Uint8Array]> {
  const request = new Request("http://loom.test", { method: "POST", body: data });
  return [request.headers.get("content-type") ?? "", new Uint8Array(await request.arrayBuffer())];
}

describe("readForm", () => {
  it("gives the texts and files of a form that fetch wrote", async () => {
    const data = new FormData();
    const bytes = new Uint8Array(300_000).map((_, at) => at % 251);
    data.set("model", "whisper-1");
    data.set("prompt", "Grüße, 東京\n\0\u{1F600}");
    data.append("timestamp_granularities[]", "word");
    data.append("tag", "a");
    data.append("tag", "b");
    data.set("file", new File([bytes], "Grüße.mp3", { type: "audio/mpeg" }));
    data.set("empty", new File([], "none.bin"));
    const { fields, files } = await readForm(...await written(data));
    assert.deepEqual(fields, {
      model: "whisper-1",
      // Forms write line ends as CRLF.
      prompt: "Grüße, 東京\r\n\0\u{1F600}",
      timestamp_granularities: ["word"],
      tag: ["a", "b"],
    });
    assert.deepEqual(files.map(({ field, filename, mimeType }) => [field, filename, mimeType]), [
      ["file", "Grüße.mp3", "audio/mpeg"],
      ["empty", "none.bin", "application/octet-stream"],
    ]);
    assert.deepEqual(new Uint8Array(files[0]?.bytes ?? []), bytes);
    assert.equal(files[1]?.bytes.length, 0);
  });

  it("keeps bytes that look like a boundary", async () => {
    const content = `\r\n--${boundary.slice(0, -1)}\r\n--\r\n`;
    const { files } = await readForm(contentType, form(piece('name="f"; filename="f.bin"', content)));
    assert.equal(Buffer.from(files[0]?.bytes ?? []).toString("latin1"), content);
  });

  const names: readonly (readonly [string, readonly (readonly [string, string])[], object])[] = [
    ["one is a text", [["a", "1"]], { a: "1" }],
    ["several are a list", [["a", "1"], ["a", "2"]], { a: ["1", "2"] }],
    ["brackets are a list, even of one", [["a[]", "1"]], { a: ["1"] }],
    ["keys are an object", [["a[x]", "1"], ["a[y]", "2"]], { a: { x: "1", y: "2" } }],
    ["a name in two forms keeps its texts", [["a[x]", "1"], ["a", "2"]], { a: "2" }],
    ["an odd name is a name", [["[x]", "1"], ["]", "2"], ["", "3"]], { "[x]": "1", "]": "2", "": "3" }],
  ];
  for (const [title, texts, expected] of names) {
    it(`names: ${title}`, async () => {
      const body = form(...texts.map(([name, text]) => piece(`name="${name}"`, text)));
      assert.deepEqual((await readForm(contentType, body)).fields, expected);
    });
  }

  it("takes `__proto__` for a name like any other", async () => {
    const body = form(piece('name="__proto__"', "x"), piece('name="constructor[__proto__]"', "y"));
    const { fields } = await readForm(contentType, body);
    assert.deepEqual(Object.keys(fields), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(fields), Object.prototype);
    assert.equal(({} as { x?: unknown }).x, undefined);
  });

  const good = piece('name="a"', "1");
  const file = piece('name="f"; filename="f"', "1");
  const faults: readonly (readonly [string, string, Uint8Array, RegExp, FormLimits?])[] = [
    ["is JSON", "application/json", new TextEncoder().encode("{}"), /multipart\/form-data/],
    ["names no boundary", "multipart/form-data; charset=utf-8", form(good), /boundary/],
    ["is empty", contentType, new Uint8Array(), /broken or ends too early/],
    ["has another boundary", "multipart/form-data; boundary=other", form(good), /broken/],
    ["breaks off in a text", contentType, form(good).slice(0, -20), /broken/],
    ["breaks off in a file", contentType, form(file).slice(0, -20), /broken/],
    ["breaks off in a head", contentType, form(good).slice(0, 30), /broken/],
    ["has a text without a name", contentType, form(piece("x=y", "1")), /broken/],
    ["has a file without a name", contentType, form(piece('filename="f"', "1")), /broken/],
    ["has too many texts", contentType, form(good, good, good), /more than 2 fields/, { maxFields: 2 }],
    ["has too many files", contentType, form(file, file), /more than 1 files/, { maxFiles: 1 }],
    ["has too long a text", contentType, form(piece('name="a"', "12345")), /^a: is longer than 4 bytes/, {
      maxFieldBytes: 4,
    }],
  ];
  for (const [title, type, body, message, limits] of faults) {
    it(`refuses what ${title}`, async () => {
      const error = await failureOf(readForm(type, body, limits), "invalid-request");
      assert.match(error.message, message);
    });
  }

  for (
    const [after, first] of [["texts", ""], ["a file", piece('name="f"; filename="f"', "x".repeat(600_000))]]
  ) {
    it(`stops reading where there is too much after ${after}`, async () => {
      const body = form(first ?? "", piece('name="a"', "").repeat(400_000));
      const beganMs = performance.now();
      const error = await failureOf(readForm(contentType, body), "invalid-request");
      assert.match(error.message, /more than 256 fields/);
      await new Promise((resolve) => setImmediate(resolve));
      // All of it takes more than a second.
      const tookMs = performance.now() - beganMs;
      assert.ok(tookMs < 800, `${tookMs} ms`);
    });
  }
});
