/**
 * Splits Amazon's binary event streams (`application/vnd.amazon.eventstream`) into events.
 *
 * A frame is: its whole length and the length of its headers (32 bits each, big-endian), a CRC-32 of these eight bytes, the
 * headers, the payload, and a CRC-32 of all before. Written here rather than taken from Amazon's SDK, because splitters are
 * synchronous and the SDK is optional.
 */

import { type EventSplitter, type LoomError, loomError, type ServerSentEvent } from "../../../src/plugin.ts";
import { crc32 } from "./crc32.ts";
import { readHeaders } from "./frame-headers.ts";

/** Amazon's own bound of one frame is 16 MiB of payload and 128 KiB of headers. */
const maxFrameBytes = 16 * 1024 * 1024 + 128 * 1024;
/** Two lengths with their CRC, and the CRC at the end. */
const preludeBytes = 12;
const leastFrameBytes = preludeBytes + 4;

const none: readonly ServerSentEvent[] = [];
const utf8 = new TextDecoder();

/**
 * Events carry the name of their type and their JSON. Failures become events named `exception`, whose JSON has the type as
 * `__type`, as in the bodies of Amazon's errors.
 */
export function frameSplitter(provider: string): EventSplitter {
  /** Chunks that hold no whole frame yet. */
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** Bytes of the frame that has begun, once its prelude is there. */
  let expected: number | undefined;

  function joined(): Uint8Array {
    return held.length === 1 ? held[0] as Uint8Array : Buffer.concat(held, heldBytes);
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return none;
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes < (expected ?? preludeBytes)) return none;
      let rest = joined();
      const events: ServerSentEvent[] = [];
      expected = undefined;
      while (rest.length >= preludeBytes) {
        const length = frameLength(rest, provider);
        if (rest.length < length) {
          expected = length;
          break;
        }
        events.push(eventOf(rest.subarray(0, length), provider));
        rest = rest.subarray(length);
      }
      held = rest.length === 0 ? [] : [rest];
      heldBytes = rest.length;
      return events;
    },
    /** A frame that was cut off says nothing; the decoder knows whether the answer was complete without it. */
    end: () => none,
  };
}

function frameLength(bytes: Uint8Array, provider: string): number {
  const view = viewOf(bytes);
  const length = view.getUint32(0);
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) {
    throw broken(provider, "the checksum of a frame's head is wrong");
  }
  if (length < leastFrameBytes || view.getUint32(4) > length - leastFrameBytes) {
    throw broken(provider, "the lengths of a frame make no sense");
  }
  if (length > maxFrameBytes) {
    throw new RangeError(`one frame of the stream is longer than ${maxFrameBytes} bytes`);
  }
  return length;
}

function eventOf(frame: Uint8Array, provider: string): ServerSentEvent {
  const view = viewOf(frame);
  const end = frame.length - 4;
  if (crc32(frame.subarray(0, end)) !== view.getUint32(end)) {
    throw broken(provider, "the checksum of a frame is wrong");
  }
  const headersEnd = preludeBytes + view.getUint32(4);
  const headers = readHeaders(frame.subarray(preludeBytes, headersEnd));
  if (headers === undefined) throw broken(provider, "the headers of a frame make no sense");
  const data = utf8.decode(frame.subarray(headersEnd, end));
  switch (headers.get(":message-type")) {
    case "exception":
      return exception(headers.get(":exception-type") ?? "exception", data);
    case "error":
      return exception(headers.get(":error-code") ?? "error", headers.get(":error-message") ?? data);
    default:
      return { event: headers.get(":event-type") ?? "", data };
  }
}

function exception(type: string, data: string): ServerSentEvent {
  let fields: unknown;
  try {
    fields = JSON.parse(data);
  } catch {
    fields = { message: data };
  }
  const said = typeof fields === "object" && fields !== null ? fields : { message: data };
  return { event: "exception", data: JSON.stringify({ ...said, __type: type }) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(provider: string, what: string): LoomError {
  return loomError("invalid-reply", `${provider}: ${what}; the stream was damaged on its way`, {}, {
    provider,
  });
}
