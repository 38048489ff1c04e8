/** Answers that are the result itself: sound, pictures, subtitles; and what comes in their place. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { type Asked, codecOf, headOf, wav } from "./support.ts";

const speech: Asked = { modality: "speech", prompt: "Ærø ☕" };
const subtitles: Asked = { modality: "transcription", audio: wav, params: { response_format: "srt" } };
const picture: Asked = { modality: "image", prompt: "p", model: "flux-1" };
const id3 = Uint8Array.of(0x49, 0x44, 0x33, 4);
const utf8 = (text: string) => new TextEncoder().encode(text);

function decode(id: string, asked: Asked, body: Uint8Array, type?: string): readonly Part[] {
  const headers = type === undefined ? {} : { "content-type": type };
  const decoded = codecOf(id).decodeBytes?.(body, headOf(id, asked, 200, headers));
  assert.ok(decoded !== undefined && !("next" in decoded));
  return decoded;
}

describe("bytes", () => {
  const sounds: readonly (readonly [string, string | undefined, Asked, string | undefined])[] = [
    ["by the answer's own type", "audio/wav; charset=binary", speech, "audio/wav"],
    ["by their beginning", "application/octet-stream", speech, "audio/mpeg"],
    ["by their beginning, without a type", undefined, speech, "audio/mpeg"],
  ];
  for (const [what, type, asked, mimeType] of sounds) {
    it(`are sound of the kind known ${what}`, () => {
      const [part, usage, ...rest] = decode("openai", asked, id3, type);
      assert.deepEqual(part, { type: "audio", dataB64: "SUQzBA==", mimeType });
      assert.ok(usage?.type === "usage");
      assert.equal(usage.usage.characters, 5, "what was sent is counted, character by character");
      assert.equal(rest.length, 0);
    });
  }

  it("are sound of the format that was asked for, when nothing else tells", () => {
    const asked = { ...speech, params: { format: "pcm" } };
    const [part] = decode("openai", asked, Uint8Array.of(1, 2), "application/octet-stream");
    assert.deepEqual(part, { type: "audio", dataB64: "AQI=", mimeType: "audio/pcm" });
  });

  it("are pictures", () => {
    const [part, usage] = decode("fireworks", picture, Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "image/jpeg");
    assert.deepEqual(part, { type: "image", dataB64: "/9j/4A==", mimeType: "image/jpeg" });
    assert.ok(usage?.type === "usage" && usage.usage.images === 1);
  });

  it("are text, when a transcription asks for one", () => {
    const srt = "1\n00:00:00,000 --> 00:00:02,000\nHæ, þú\n\n";
    const [part, ...rest] = decode("openai", subtitles, utf8(`\uFEFF${srt}`), "text/plain; charset=utf-8");
    assert.deepEqual(part, { type: "transcript", text: srt });
    assert.equal(rest.length, 0);
  });

  it("are text in JSON all the same, when that is what comes", () => {
    const [part] = decode("openai", subtitles, utf8('{"text":"Hi"}'), "application/json");
    assert.deepEqual(part, { type: "transcript", text: "Hi", raw: { text: "Hi" } });
  });

  const bad: readonly (readonly [string, Asked, Uint8Array, string, string])[] = [
    ["nothing", speech, new Uint8Array(), "audio/mpeg", "invalid-reply"],
    [
      "a complaint",
      speech,
      utf8('{"error":{"message":"x","code":"insufficient_quota"}}'),
      "application/json",
      "quota-exhausted",
    ],
    ["JSON without sound", speech, utf8('{"ok":true}'), "application/json", "invalid-reply"],
    ["broken JSON", speech, utf8('{"ok'), "application/json", "invalid-reply"],
    ["a page", speech, utf8("<html>"), "text/html", "invalid-reply"],
    ["a stream", speech, utf8("data: {}\n\n"), "text/event-stream", "invalid-reply"],
    [
      "a complaint instead of subtitles",
      subtitles,
      utf8('{"error":"invalid api key"}'),
      "application/json",
      "auth-rejected",
    ],
  ];
  for (const [what, asked, body, type, code] of bad) {
    it(`are not ${what}`, () => {
      assert.throws(() => decode("openai", asked, body, type), (error) => {
        assert.ok(LoomError.is(error), String(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    });
  }
});
