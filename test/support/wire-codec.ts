/** A tiny wire format for tests of the wire: `{ "text": … }` whole or per event, `[DONE]` at the end. */

import type { Codec, StreamDecoder, WireReplyHead, WireRequest } from "../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { Manifest } from "../../src/contract/manifest.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Exchange } from "../../src/contract/services.ts";
import { loomError } from "../../src/errors/index.ts";

/** What `decodeError` was given. */
export interface SeenError {
  readonly status: number;
  readonly headers: WireReplyHead["headers"];
  readonly body: string;
}

export interface WireCodec extends Codec {
  readonly errors: readonly SeenError[];
  /** Events that a decoder was given, all streams together. */
  readonly events: readonly string[];
}

/** Makes a codec; `change` is laid over the request that it encodes. */
export function wireCodec(change: Partial<WireRequest> = {}): WireCodec {
  const errors: SeenError[] = [];
  const events: string[] = [];
  return {
    errors,
    events,
    encode: ({ call: { stream } }) => ({
      method: "POST",
      path: "/say",
      body: JSON.stringify({ stream }),
      stream,
      ...change,
    }),
    decode(body) {
      const { text } = body as JsonObject;
      if (typeof text !== "string") throw loomError("invalid-reply", "no text", {});
      return [{ type: "text", text }, { type: "finish", reason: "stop" }];
    },
    decodeStream({ status, headers }) {
      if (headers["x-refuse"] !== undefined) throw new Error(`cannot decode ${status}`);
      return decoder(events);
    },
    decodeError({ status, headers }, body) {
      errors.push({ status, headers, body });
      return loomError("provider-failed", `status ${status}`, {}, { status });
    },
  };
}

function decoder(events: string[]): StreamDecoder {
  let complete = false;
  return {
    get complete() {
      return complete;
    },
    event({ data }) {
      events.push(data);
      if (complete) throw new Error("an event after the end");
      if (data === "[DONE]") {
        complete = true;
        return [];
      }
      const { text, error, fault } = parsed(data);
      if (error !== undefined) throw loomError("overloaded", String(error), {});
      if (fault !== undefined) throw new RangeError(String(fault));
      return text === undefined ? [] : [{ type: "text", text: String(text) }];
    },
    end() {
      if (!complete) throw loomError("stream-broken", "the stream ended early", { partsSeen: 0 });
      return [{ type: "finish", reason: "stop" }];
    },
  };
}

function parsed(data: string): Record<string, Json> {
  try {
    return JSON.parse(data) as Record<string, Json>;
  } catch (cause) {
    throw loomError("invalid-reply", "an event is no JSON", {}, { cause });
  }
}

/** An event of the format. */
export function eventOf(text: string): string {
  return `data: ${JSON.stringify({ text })}\n\n`;
}

export const done = "data: [DONE]\n\n";

export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.type === "text" ? part.text : "").join("");
}

/** An exchange with the vendor at `baseUrl`, with `change` laid over it. */
export function exchangeWith(baseUrl: string, change: Partial<Exchange> = {}): Exchange {
  return { codec: wireCodec(), manifest: manifest(), baseUrl, headers: {}, key: undefined, ...change };
}

export function manifest(auth: Manifest["auth"] = { type: "bearer", env: ["ACME_API_KEY"] }): Manifest {
  return {
    id: "acme",
    label: "Acme",
    dialect: "tiny",
    baseUrl: "https://acme.test",
    auth,
    sources: [],
  };
}
