import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 } from "../../../../plugins/dialects/bedrock-converse/crc32.ts";
import { frameSplitter } from "../../../../plugins/dialects/bedrock-converse/frames.ts";
import { readHeaders } from "../../../../plugins/dialects/bedrock-converse/frame-headers.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { frame, replay } from "./support.ts";

const event = frame({ ":message-type": "event", ":event-type": "messageStart" }, '{"role":"assistant"}');

it("crc32 is the one of ISO 3309", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

describe("frames", () => {
  it("become events", () => {
    const splitter = frameSplitter("bedrock");
    assert.deepEqual(splitter.push(event), [{ event: "messageStart", data: '{"role":"assistant"}' }]);
    assert.deepEqual(splitter.push(Buffer.concat([event, event])).length, 2);
    assert.deepEqual(splitter.push(new Uint8Array()), []);
  });

  it("with any byte changed are refused", () => {
    for (let at = 0; at < event.length; at++) {
      const damaged = Uint8Array.from(event);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      assert.throws(
        () => frameSplitter("bedrock").push(damaged),
        (error) => LoomError.is(error, "invalid-reply"),
        `byte ${at}`,
      );
    }
  });

  it("that claim to be endless are refused before they are held", () => {
    const head = new DataView(new ArrayBuffer(12));
    head.setUint32(0, 0x7fffffff);
    head.setUint32(8, crc32(new Uint8Array(head.buffer, 0, 8)));
    assert.throws(() => frameSplitter("bedrock").push(new Uint8Array(head.buffer)), RangeError);
  });

  it("with headers of every type are read", () => {
    const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
    const bytes = Uint8Array.from([
      ...[...name("a"), 0],
      ...[...name("b"), 2, 1],
      ...[...name("c"), 5, 0, 0, 0, 0, 0, 0, 0, 1],
      ...[...name("d"), 6, 0, 2, 1, 2],
      ...[...name("e"), 9, ...new Array(16).fill(0)],
      ...[...name(":event-type"), 7, 0, 1, 120],
    ]);
    assert.deepEqual([...readHeaders(bytes) ?? []], [[":event-type", "x"]]);
    for (const broken of [[200], [1, 97], [1, 97, 7], [1, 97, 7, 0, 9, 1], [1, 97, 77]]) {
      assert.equal(readHeaders(Uint8Array.from(broken)), undefined, String(broken));
    }
  });
});

describe("a stream with a failure in a frame", () => {
  const recorded =
    "AAAA3QAAAGfHkZB6DTptZXNzYWdlLXR5cGUHAAlleGNlcHRpb24POmV4Y2VwdGlvbi10eXBlBwAZbW9kZWxTdHJlYW1FcnJv" +
    "ckV4Y2VwdGlvbg06Y29udGVudC10eXBlBwAQYXBwbGljYXRpb24vanNvbnsibWVzc2FnZSI6Ik1vZGVsIFN0cmVhbSBFcnJvciIsIm9yaWdpbmFs" +
    "U3RhdHVzQ29kZSI6NTAwLCJvcmlnaW5hbE1lc3NhZ2UiOiJUaGUgbW9kZWwgc3RyZWFtIGZhaWxlZC4ifVczQxM=";

  it("recorded (vercel/ai packages/amazon-bedrock model-stream-error-exception.eventstream.base64.txt @5f264fa2)", () => {
    const { error } = replay([Buffer.from(recorded, "base64")]);
    assert.ok(LoomError.is(error, "provider-failed"), String(error));
    assert.equal(error.status, 500);
    assert.match(error.message, /Model Stream Error/);
  });

  const exceptions: readonly [string, string, string][] = [
    ["throttlingException", '{"message":"Too many requests"}', "rate-limited"],
    ["modelStreamErrorException", '{"message":"broken"}', "provider-failed"],
    ["internalServerException", '{"message":"oops"}', "provider-failed"],
    ["serviceUnavailableException", '{"message":"busy"}', "overloaded"],
    ["validationException", '{"message":"Input is too long for requested model."}', "context-too-long"],
    ["validationException", '{"message":"Malformed input request"}', "invalid-request"],
    ["modelTimeoutException", "no JSON", "provider-failed"],
    ["novelException", "[]", "provider-failed"],
  ];
  for (const [type, payload, code] of exceptions) {
    it(`${type} ${payload}`, () => {
      const failure = frame({ ":message-type": "exception", ":exception-type": type }, payload);
      const { error, parts } = replay([Buffer.concat([event, failure])]);
      assert.deepEqual(parts, []);
      assert.ok(LoomError.is(error), String(error));
      assert.equal(error.code, code, error.message);
    });
  }

  it("an error without payload", () => {
    const head = {
      ":message-type": "error",
      ":error-code": "InternalFailure",
      ":error-message": "it fell over",
    };
    const { error } = replay([frame(head, "")]);
    assert.ok(LoomError.is(error, "provider-failed"));
    assert.match(error.message, /it fell over/);
  });
});
