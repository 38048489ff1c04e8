/** What tests of the formats beside text share: requests, answers, and clients that talk to a format without a network. */

import type { JsonObject, LoomErrorLike, Part, Usage } from "../../../../src/contract/index.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import type { AnswerFacts, Asked, Format, FormFile, Written } from "../../../../src/gateway/format.ts";
import { readForm } from "../../../../src/gateway/http/form.ts";

export const usage: Usage = {
  inputTokens: 7,
  outputTokens: 3,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 10,
};

export function file(field: string, change: Partial<FormFile> = {}): FormFile {
  return { field, filename: "a.png", mimeType: "image/png", bytes: new Uint8Array([1, 2, 3]), ...change };
}

/** What a writer is told of a request. */
export function factsOf(
  format: Format,
  body: JsonObject,
  files: readonly FormFile[] = [],
  change: Partial<AnswerFacts> = {},
): AnswerFacts {
  const asked = format.read(body, files);
  return {
    callId: "call-1",
    createdAtS: 1_700_000_000,
    provider: "acme",
    model: "m-up",
    body,
    asked,
    ...change,
  };
}

/** The JSON of a whole answer. */
export function jsonOf(written: Written): unknown {
  if (!("json" in written)) throw new TypeError(`bytes of ${written.contentType}, not JSON`);
  return JSON.parse(JSON.stringify(written.json));
}

/** The text of a whole answer that is a file. */
export function textOf(written: Written): string {
  if (!("bytes" in written)) throw new TypeError("JSON, not bytes");
  return new TextDecoder().decode(written.bytes);
}

/** A `fetch` for official clients, behind which a format reads the real request and writes the answer of these parts. */
export function fetchOf(
  formats: Readonly<Record<string, Format>>,
  answer: (asked: Asked, body: JsonObject) => readonly Part[],
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const format = formats[new URL(request.url).pathname];
    if (format === undefined) return new Response("no such path", { status: 404 });
    try {
      return await answered(format, request, answer);
    } catch (error) {
      if (!LoomError.is(error)) throw error;
      return Response.json(format.error(error as LoomErrorLike, error.status, "req-1"), {
        status: error.status,
      });
    }
  };
}

async function answered(
  format: Format,
  request: Request,
  answer: (asked: Asked, body: JsonObject) => readonly Part[],
): Promise<Response> {
  const contentType = request.headers.get("content-type") ?? "";
  const bytes = new Uint8Array(await request.arrayBuffer());
  const { fields, files } = contentType.includes("json")
    ? { fields: JSON.parse(new TextDecoder().decode(bytes)) as JsonObject, files: [] }
    : await readForm(contentType, bytes);
  const facts = factsOf(format, fields, files);
  const parts = answer(facts.asked, fields);
  if (facts.asked.call.stream) {
    const writer = format.stream?.(facts);
    if (writer === undefined) throw new TypeError(`${format.id} has no streams`);
    const pieces = [...parts.map((part) => writer.parts([part])), writer.end({ status: "ok" })];
    return new Response(pieces.join(""), { headers: { "content-type": "text/event-stream" } });
  }
  const written = format.write(parts, facts);
  if ("json" in written) return Response.json(written.json);
  return new Response(written.bytes as BodyInit, { headers: { "content-type": written.contentType } });
}
