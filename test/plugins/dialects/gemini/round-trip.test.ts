/** What Google said goes back to it unchanged: decoded, made a turn, encoded. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { turnOf } from "../../../../src/client/turn.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, headOf, wordsOf } from "./support.ts";

const user = { role: "user", content: "x" } as const;

/** The parts that come back of a turn that Google made. */
function roundTrip(parts: readonly Json[], stream: boolean): Json {
  const target = { provider: "gemini", upstreamModel: "gemini-3-flash-preview" };
  const head = headOf({ target, call: { stream } });
  const body = (some: readonly Json[], finishReason?: string): Json => ({
    candidates: [{ content: { role: "model", parts: [...some] }, ...(finishReason && { finishReason }) }],
  });
  let said;
  if (stream) {
    const decoder = codec.decodeStream(head);
    const events = [...parts.map((part) => body([part])), body([], "STOP")];
    said = events.flatMap((data) => [...decoder.event({ event: "", data: JSON.stringify(data) })]);
    said.push(...decoder.end());
  } else said = partsOf(codec.decode(body(parts, "STOP"), head));
  const messages = [user, turnOf(said, wordsOf(said).text, "gemini"), user];
  const sent = codec.encode(fakeAttempting({ target, call: { messages } }));
  const contents = (jsonOf(sent) as { contents: JsonObject[] }).contents;
  return contents[1]?.["parts"] as Json;
}

const turns: readonly (readonly [string, readonly Json[]])[] = [
  ["a signed text", [{ text: "Hi.", thoughtSignature: "s1" }]],
  ["thinking and signed calls, with and without ids", [
    { text: "Hm.", thought: true },
    { functionCall: { name: "a", args: { x: 1 } }, thoughtSignature: "s1" },
    { functionCall: { name: "b", args: {}, id: "g1" } },
  ]],
  ["code that was run", [
    { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "s1" },
    { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } },
    { text: "One.", thoughtSignature: "s2" },
  ]],
  ["a picture that was made", [
    { text: "Here:" },
    { inlineData: { mimeType: "image/png", data: "AA==" }, thoughtSignature: "s1" },
  ]],
  ["searches on Google's side", [
    { toolCall: { toolType: "GOOGLE_SEARCH_WEB", id: "t1", args: {} }, thoughtSignature: "s1" },
    { toolResponse: { toolType: "GOOGLE_SEARCH_WEB", id: "t1", response: {} } },
    { text: "Found." },
  ]],
];

describe("a turn comes back as it was", () => {
  for (const [what, parts] of turns) {
    for (const stream of [false, true]) {
      it(`${what}, ${stream ? "streamed" : "whole"}`, () =>
        assert.deepEqual(roundTrip(parts, stream), parts));
    }
  }

  it("a text in pieces whose signature comes last", () => {
    const pieces = [{ text: "One " }, { text: "two." }, { text: "", thoughtSignature: "s1" }];
    assert.deepEqual(roundTrip(pieces, true), [{ text: "One two.", thoughtSignature: "s1" }]);
  });
});

const root = new URL("fixtures/", import.meta.url);
const fixtures = await Promise.all(
  (await readdir(root)).map(async (file) => ({
    file,
    ...JSON.parse(await readFile(new URL(file, root), "utf8")),
  })),
);

describe("recorded signatures", () => {
  for (const { file, body, service, modality } of fixtures) {
    const parts = body?.candidates?.[0]?.content?.parts as JsonObject[] | undefined;
    if (service !== undefined || modality !== undefined || parts === undefined) continue;
    it(file, () => {
      const sent = JSON.stringify(roundTrip(parts, false) ?? []);
      for (const part of parts) {
        const signature = part["thoughtSignature"];
        if (typeof signature === "string") assert.ok(sent.includes(signature), signature);
      }
    });
  }
});
