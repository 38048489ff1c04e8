/** Pictures, films, sounds and many vectors: what is decoded, and what is asked next. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Decoded, Pending } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { jsonOf, partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, headOf } from "./support.ts";

function pendingOf(decoded: Decoded): Pending {
  assert.ok("next" in decoded, "it is still on its way");
  return decoded;
}

function fails(action: () => unknown, code: string, words: RegExp): void {
  assert.throws(
    action,
    (error) => error instanceof LoomError && error.code === code && words.test(error.message),
  );
}

describe("Imagen", () => {
  const asked: FakeContextOptions = {
    call: { modality: "image", messages: [], prompt: "a cat", params: { n: 2, size: "1536x1024" } },
    target: { upstreamModel: "imagen-4.0-generate-001" },
  };
  it("is asked by predict, once, sizes as ratios", () => {
    const request = codec.encode(fakeAttempting(asked));
    assert.equal(request.path, "/models/imagen-4.0-generate-001:predict");
    assert.equal(request.once, true);
    assert.deepEqual(jsonOf(request), {
      instances: [{ prompt: "a cat" }],
      parameters: { sampleCount: 2, aspectRatio: "3:2" },
    });
  });
  it("gives what its filter left, and counts it", () => {
    const body = {
      predictions: [
        { bytesBase64Encoded: "AA==", mimeType: "image/png" },
        { raiFilteredReason: "Unsafe." },
      ],
    };
    const parts = partsOf(codec.decode(body, headOf(asked)));
    assert.deepEqual(parts[0], { type: "image", mimeType: "image/png", dataB64: "AA==" });
    assert.deepEqual(parts.map(({ type }) => type), ["image", "warning", "usage", "raw"]);
    const usage = parts.find((part) => part.type === "usage");
    assert.equal(usage?.type === "usage" ? usage.usage.images : undefined, 1);
  });
  for (
    const body of [{ predictions: [{ raiFilteredReason: "Unsafe." }] }, { predictions: [] }, {}] as Json[]
  ) {
    it(`with nothing left was filtered: ${JSON.stringify(body)}`, () => {
      fails(() => codec.decode(body, headOf(asked)), "content-filtered", /withheld/);
    });
  }
  it("takes no pictures", () => {
    const call = { ...asked.call, images: [{ dataB64: "A", mimeType: "image/png" }] };
    fails(() => codec.encode(fakeAttempting({ ...asked, call })), "unsupported", /no pictures/);
  });
});

describe("Gemini's picture models", () => {
  const asked: FakeContextOptions = {
    call: {
      modality: "image",
      messages: [],
      prompt: "make it blue",
      images: [{ dataB64: "AA==", mimeType: "image/png" }, { url: "data:image/webp;base64,BB==" }],
      params: { size: "333x100", n: 3 },
    },
    target: { upstreamModel: "gemini-2.5-flash-image" },
  };
  it("take pictures, and say what they cannot", () => {
    const request = codec.encode(fakeAttempting(asked));
    assert.deepEqual(jsonOf(request), {
      contents: [{
        role: "user",
        parts: [
          { text: "make it blue" },
          { inlineData: { mimeType: "image/png", data: "AA==" } },
          { inlineData: { mimeType: "image/webp", data: "BB==" } },
        ],
      }],
      generationConfig: { responseModalities: ["TEXT", "IMAGE"] },
    });
    assert.deepEqual(request.warnings?.map(({ code }) => code), ["param-dropped", "param-dropped"]);
  });
  it("give the picture alone, drafts of their thinking left out", () => {
    const inlineData = { mimeType: "image/png", data: "AA==" };
    const body = {
      candidates: [{
        content: { parts: [{ inlineData, thought: true }, { text: "Here." }, { inlineData }] },
        finishReason: "STOP",
      }],
      usageMetadata: {
        promptTokenCount: 5,
        candidatesTokenCount: 1290,
        totalTokenCount: 1295,
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1290 }],
      },
    };
    const parts = partsOf(codec.decode(body, headOf(asked)));
    assert.equal(parts.filter(({ type }) => type === "image").length, 1);
    const usage = parts.find((part) => part.type === "usage");
    assert.equal(usage?.type === "usage" ? usage.usage.outputImageTokens : undefined, 1290);
  });
  it("that withhold a picture fail as filtered", () => {
    const body = { candidates: [{ finishReason: "IMAGE_SAFETY", finishMessage: "No." }] };
    fails(() => codec.decode(body, headOf(asked)), "content-filtered", /IMAGE_SAFETY: No\./);
  });
});

describe("speech", () => {
  it("is raw sound as Google gives it", () => {
    const asked: FakeContextOptions = {
      call: { modality: "speech", messages: [], prompt: "Hello.", stream: true },
    };
    assert.equal(codec.encode(fakeAttempting(asked)).stream, false, "it is asked for whole");
    const mimeType = "audio/L16;codec=pcm;rate=24000";
    const body = {
      candidates: [{
        content: { parts: [{ inlineData: { mimeType, data: "AAAA" } }] },
        finishReason: "STOP",
      }],
      usageMetadata: {
        promptTokenCount: 2,
        candidatesTokenCount: 30,
        totalTokenCount: 32,
        candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 30 }],
      },
    };
    const parts = partsOf(codec.decode(body, headOf(asked)));
    assert.deepEqual(parts.find(({ type }) => type === "audio"), {
      type: "audio",
      mimeType,
      dataB64: "AAAA",
    });
    const usage = parts.find((part) => part.type === "usage");
    assert.equal(usage?.type === "usage" ? usage.usage.outputAudioTokens : undefined, 30);
  });
});

describe("films", () => {
  const uri = "https://generativelanguage.googleapis.com/v1beta/files/f1:download?alt=media";
  const name = "models/veo-3.0-generate-001/operations/o1";
  // The shape of a finished operation: js-genai generateVideosResponseFromMldev.
  const done = (response: Json): Json => ({
    name,
    done: true,
    response: { generateVideoResponse: response },
  });
  const asked = (call: FakeContextOptions["call"] = {}): FakeContextOptions => ({
    call: { modality: "video", messages: [], prompt: "a cat", params: { seconds: "8" }, ...call },
    target: { upstreamModel: "veo-3.0-generate-001" },
  });
  const begin = (options: FakeContextOptions) => pendingOf(codec.decode({ name }, headOf(options)));

  it("begin once, and are asked for until they are done", () => {
    const options = asked({ images: [{ dataB64: "AA==", mimeType: "image/png" }] });
    const request = codec.encode(fakeAttempting(options));
    assert.equal(request.path, "/models/veo-3.0-generate-001:predictLongRunning");
    assert.equal(request.once, true);
    assert.deepEqual(jsonOf(request), {
      instances: [{ prompt: "a cat", image: { bytesBase64Encoded: "AA==", mimeType: "image/png" } }],
      parameters: { durationSeconds: 8 },
    });
    const first = begin(options);
    assert.deepEqual(first.next, { method: "GET", path: `/${name}`, stream: false });
    assert.equal(first.jobId, name);
    const second = pendingOf(first.decode({ name, metadata: { progressPercent: 40 } }, headOf(options)));
    assert.equal(second.progress, 0.4);
    const parts = partsOf(
      second.decode(done({ generatedSamples: [{ video: { uri } }] }), headOf(options)) as readonly Part[],
    );
    assert.deepEqual(parts[0], { type: "video", mimeType: "video/mp4", url: uri });
    assert.deepEqual(parts.map(({ type }) => type), ["video", "usage", "warning", "raw"]);
    const usage = parts[1];
    assert.equal(usage?.type === "usage" ? usage.usage.seconds : undefined, 8);
  });

  it("are fetched with the key when their bytes are asked for", () => {
    const options = asked({ download: true });
    const fetching = pendingOf(
      begin(options).decode(
        done({ generatedSamples: [{ video: { uri } }, { video: { uri: `${uri}&b` } }] }),
        headOf(options),
      ),
    );
    assert.deepEqual(fetching.next, { method: "GET", path: uri, stream: false, answer: "bytes" });
    assert.equal(fetching.waitMs, 0);
    const head = headOf(options, 200, { "content-type": "video/webm; x=1" });
    // Longer than one piece of the base64 encoder.
    const bytes = Uint8Array.from({ length: 70_001 }, (_, index) => index % 251);
    const other = pendingOf(fetching.decode(bytes, head));
    assert.equal(other.next.path, `${uri}&b`);
    const parts = other.decode(Uint8Array.of(0), head) as readonly Part[];
    const [first, second] = parts.filter((part) => part.type === "video");
    assert.equal(first?.mimeType, "video/webm");
    assert.deepEqual(Uint8Array.from(atob(first?.dataB64 ?? ""), (char) => char.charCodeAt(0)), bytes);
    assert.equal(second?.dataB64, "AA==");
    assert.ok(!parts.some(({ type }) => type === "warning"));
  });

  it("that were kept back fail as filtered, and some of several are told", () => {
    const options = asked();
    const filtered = { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ["Celebrities."] };
    fails(() => begin(options).decode(done(filtered), headOf(options)), "content-filtered", /Celebrities/);
    const parts = begin(options).decode(
      done({ ...filtered, generatedSamples: [{ video: { uri } }] }),
      headOf(options),
    ) as readonly Part[];
    assert.equal(
      parts.find((part) => part.type === "warning" && part.code === "content-filtered")?.type,
      "warning",
    );
  });

  const failures: readonly (readonly [Json, string, RegExp])[] = [
    [{ code: 8, message: "Quota." }, "rate-limited", /Quota/],
    [{ code: 13, message: "Internal error." }, "provider-failed", /Internal/],
    [{ code: 14, message: "Try later." }, "overloaded", /later/],
    [{ code: 3, message: "It violates our policies." }, "content-filtered", /policies/],
  ];
  for (const [error, code, words] of failures) {
    it(`that fail are ${code}`, () => {
      const options = asked();
      fails(() => begin(options).decode({ name, done: true, error }, headOf(options)), code, words);
    });
  }
});

describe("many vectors", () => {
  it("are asked for in hundreds, and keep their order", () => {
    const input = Array.from({ length: 150 }, (_, index) => `text ${index}`);
    const options: FakeContextOptions = {
      call: { modality: "embedding", messages: [], input },
      target: { upstreamModel: "gemini-embedding-001" },
    };
    const vectors = (from: number, to: number): Json => ({
      embeddings: input.slice(from, to).map((_, index) => ({ values: [from + index] })),
      usageMetadata: { promptTokenCount: to - from },
    });
    const first = codec.encode(fakeAttempting(options));
    assert.equal((jsonOf(first) as { requests: unknown[] }).requests.length, 100);
    const pending = pendingOf(codec.decode(vectors(0, 100), headOf(options)));
    assert.equal((jsonOf(pending.next) as { requests: unknown[] }).requests.length, 50);
    const parts = pending.decode(vectors(100, 150), headOf(options)) as readonly Part[];
    const found = parts.flatMap((part) => part.type === "embedding" ? [[part.index, part.vector[0]]] : []);
    assert.deepEqual(found, input.map((_, index) => [index, index]));
    const usage = parts.find((part) => part.type === "usage");
    assert.equal(usage?.type === "usage" ? usage.usage.inputTokens : 0, 150);
  });
});
