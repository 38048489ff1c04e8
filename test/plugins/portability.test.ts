/** A conversation that one provider began goes on at any other: without what only its maker understands, and the receipt says so. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Call } from "../../src/contract/call.ts";
import type { Message } from "../../src/contract/message.ts";
import { LoomError } from "../../src/errors/index.ts";
import { openRecorder, type Recorder } from "../support/recorder.ts";

let recorder: Recorder;
before(async () => void (recorder = await openRecorder()));
after(() => recorder.close());

/** Marks of what must not leave for another provider. */
const secrets = ["SIGNATURE", "ENCRYPTED", "EXTRA", "NATIVE"];

/** A turn with everything that a provider may bind to itself, and what its tool said. */
function conversation(madeBy: string): readonly Message[] {
  return [
    { role: "system", content: "Be brief." },
    { role: "user", content: "What is the weather in Paris and in Rome?" },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "I should look.", signature: "SIGNATUREaa==", madeBy },
        { type: "reasoning", text: "", signature: "ENCRYPTEDbb==", madeBy },
        { type: "native", value: { type: "web_search_call", id: "NATIVE" }, madeBy },
        { type: "text", text: "Let me look.", signature: "SIGNATUREcc==", extra: { mark: "EXTRA" }, madeBy },
        {
          type: "tool-call",
          id: "call_1",
          name: "look",
          arguments: '{"city":"Paris"}',
          extra: { proof: "EXTRA" },
          madeBy,
        },
        { type: "tool-call", id: "call_2", name: "look", arguments: '{"city":"Rome"}', madeBy },
      ],
    },
    { role: "tool", toolCallId: "call_1", content: "sunny" },
    { role: "tool", toolCallId: "call_2", content: "the station is down", isError: true },
    { role: "user", content: "And tomorrow?" },
  ];
}

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] } as const;
const tools: Call["tools"] = [{ name: "look", description: "Looks.", parameters: schema }];

/** Ids of providers of text that send anything at all. */
async function speaking(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const id of recorder.ids) {
    if (!(await recorder.provider(id)).provider.modalities.includes("text")) continue;
    if (await recorder.request(id, {}) !== undefined) ids.push(id);
  }
  return ids;
}

describe("a conversation that moves to another provider", () => {
  it("is sent everywhere, without what is bound to its maker, and says so", async () => {
    const ids = await speaking();
    assert.ok(ids.length > 20, `${ids.length} providers`);
    for (const id of ids) {
      const request = await recorder.request(id, { messages: conversation("somebody-else"), tools });
      const text = String(request?.body);
      for (const secret of secrets) assert.ok(!text.includes(secret), `${id} was sent ${secret}: ${text}`);
      for (const word of ["Let me look.", "Paris", "sunny", "the station is down", "And tomorrow?"]) {
        assert.ok(text.includes(word), `${id} was not sent "${word}": ${text}`);
      }
      const codes = request?.warnings?.map(({ code }) => code) ?? [];
      assert.ok(codes.includes("vendor-bound-dropped"), `${id} says what was left out: ${codes}`);
    }
  });

  it("leaves a context cache of another vendor behind", async () => {
    for (const id of await speaking()) {
      const request = await recorder.request(id, { params: { cached_content: "cachedContents/1" } });
      const sent = String(request?.body).includes("cachedContents/1");
      const warned = request?.warnings?.some(({ code }) => code === "vendor-bound-dropped") ?? false;
      const keeps = id === "gemini" || id === "vertex";
      assert.deepEqual([sent, warned], keeps ? [true, false] : [false, true], id);
    }
  });
});

describe("portable params", () => {
  const params = {
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    stop: ["END"],
    seed: 7,
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    reasoning_effort: "low",
  };

  it("are sent in some form, or left out with a word", async () => {
    for (const id of await speaking()) {
      const request = await recorder.request(id, { params });
      const text = String(request?.body);
      const said = request?.warnings?.map(({ message }) => message).join("\n") ?? "";
      for (
        const [name, value] of Object.entries({ max_tokens: 100, temperature: 0.5, top_p: 0.9, seed: 7 })
      ) {
        assert.ok(
          text.includes(`:${value}`) || said.includes(`\`${name}\``),
          `${id}: \`${name}\` is neither in ${text} nor in ${said}`,
        );
      }
      assert.ok(text.includes("END") || said.includes("`stop`"), `${id}: stop`);
    }
  });

  it("one text to stop at is as good as a list", async () => {
    for (const id of await speaking()) {
      const [one, list] = await Promise.all([
        recorder.request(id, { params: { stop: "END" } }),
        recorder.request(id, { params: { stop: ["END"] } }),
      ]);
      assert.equal(String(one?.body).includes("END"), String(list?.body).includes("END"), id);
    }
  });
});

describe("what a vendor cannot do", () => {
  it("is an error that names it, never something else", async () => {
    const asked: readonly Partial<Call>[] = [
      { tools, toolChoice: "required" },
      { tools, toolChoice: { tool: "look" } },
      { tools, toolChoice: "none" },
      { output: { schema, name: "city", validate: (value) => value, repair: 0 } },
      { output: { schema, name: "city", validate: (value) => value, repair: 0 }, tools },
      { messages: [{ role: "user", content: [{ type: "image", url: "https://a.example/a.png" }] }] },
      { messages: [{ role: "user", content: [{ type: "file", url: "https://a.example/a.pdf" }] }] },
      {
        messages: [{
          role: "user",
          content: [{ type: "audio", dataB64: "UklGRg==", mimeType: "audio/wav" }],
        }],
      },
      {
        messages: [{ role: "user", content: "a" }, { role: "system", content: "b" }, {
          role: "user",
          content: "c",
        }],
      },
      { messages: [{ role: "assistant", content: "begun" }, { role: "user", content: "go on" }] },
      { messages: [{ role: "user", content: "begin" }, { role: "assistant", content: "I begin with" }] },
    ];
    for (const id of await speaking()) {
      for (const call of asked) {
        try {
          assert.notEqual((await recorder.request(id, call))?.body, undefined);
        } catch (error) {
          assert.ok(LoomError.is(error, "unsupported"), `${id} ${JSON.stringify(call)}: ${String(error)}`);
        }
      }
    }
  });
});
