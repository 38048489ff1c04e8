/** The dialect suite passes a small good dialect and catches each way of being a bad one. */

import { describe, test } from "node:test";
import {
  type Codec,
  type Dialect,
  type Json,
  LoomError,
  loomError,
  type Manifest,
  type Part,
  type StreamDecoder,
} from "../../src/plugin.ts";
import { dialectSuite, type DialectSuiteOptions } from "../../src/testing.ts";
import { expectCaught, expectGood } from "../support/run-suite.ts";

const manifest: Manifest = {
  id: "acme",
  label: "Acme",
  dialect: "mini",
  baseUrl: "https://api.acme.test",
  auth: { type: "none" },
  sources: [],
};

const options: DialectSuiteOptions = {
  manifest,
  reply: { say: "hi there" },
  stream: ['{"say":"hi "}', '{"say":"there"}', '{"done":true}', "END"].map((data) => ({ event: "", data })),
  text: "hi there",
};

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string): Fields {
  const invalid = loomError("invalid-reply", "the vendor sent something that is no answer", {});
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid;
    return value as Fields;
  } catch {
    throw invalid;
  }
}

/** A wire format of one field that does everything right. */
const good: Codec = {
  encode({ call, target }) {
    return {
      method: "POST",
      path: "/say",
      body: JSON.stringify({ model: target.upstreamModel, ask: call.messages }),
      stream: call.stream,
    };
  },
  decode(body: Json): readonly Part[] {
    const { say } = fieldsOf(JSON.stringify(body));
    if (typeof say !== "string") throw loomError("invalid-reply", "there is no say", {});
    return [{ type: "text", text: say }, { type: "finish", reason: "stop" }];
  },
  decodeStream(): StreamDecoder {
    let done = false;
    return {
      event({ data }) {
        if (data === "END") return [];
        const { say, done: last } = fieldsOf(data);
        if (last === true) {
          done = true;
          return [{ type: "finish", reason: "stop" }];
        }
        if (typeof say !== "string") throw loomError("invalid-reply", "there is no say", {});
        return [{ type: "text", text: say }];
      },
      end() {
        if (!done) throw loomError("stream-broken", "the answer was not complete", { partsSeen: 0 });
        return [];
      },
    };
  },
  decodeError({ status }) {
    const code = status === 401 ? "auth-rejected" : status === 429 ? "rate-limited" : "provider-failed";
    return loomError(code, `the vendor answered with status ${status}`, {}, { status });
  },
};

function dialectOf(change: Partial<Codec>): () => Dialect {
  return () => ({ codec: () => ({ ...good, ...change }) });
}

/** The good decoder with some of it replaced. */
function decoder(change: (inner: StreamDecoder) => Partial<StreamDecoder>): Partial<Codec> {
  return {
    decodeStream(head) {
      const inner = good.decodeStream(head);
      return { ...inner, ...change(inner) };
    },
  };
}

let count = 0;
const shared = { text: "" };

describe("dialectSuite", () => {
  test("passes a good dialect", () => expectGood((run) => dialectSuite(run, dialectOf({}), options)));

  const faults: [string, Partial<Codec>, RegExp][] = [
    ["forgets the upstream model", {
      encode: (ctx) => ({
        ...good.encode(ctx),
        body: JSON.stringify({ model: ctx.target.model, ask: ctx.call.messages }),
      }),
    }, /upstream model/],
    [
      "never streams",
      { encode: (ctx) => ({ ...good.encode(ctx), stream: false }) },
      /what the call asks for/,
    ],
    [
      "counts its requests",
      { encode: (ctx) => ({ ...good.encode(ctx), headers: { n: `${count++}` } }) },
      /pure/,
    ],
    ["writes into the call", {
      encode: (ctx) => {
        (ctx.call.messages as unknown[]).push({ role: "system", content: "be nice" });
        return good.encode(ctx);
      },
    }, /pure/],
    ["takes anything for an answer", {
      decode: () => [{ type: "text", text: "hi there" }, { type: "finish", reason: "stop" }],
    }, /taken for an answer/],
    ["lets a TypeError out", {
      decode: (
        body,
      ) => [{ type: "text", text: (body as { say: string }).say.trim() }, { type: "finish", reason: "stop" }],
    }, /no answer/],
    ["ends every stream well", decoder(() => ({ end: () => [] })), /truncated|rubbish/],
    [
      "makes up a finish",
      decoder((inner) => ({
        end() {
          try {
            return inner.end();
          } catch {
            return [{ type: "finish", reason: "other" }];
          }
        },
      })),
      /without being the whole answer/,
    ],
    [
      "lets rubbish out as a SyntaxError",
      decoder((inner) => ({
        event: (event) => (event.data !== "END" && JSON.parse(event.data), inner.event(event)),
      })),
      /rubbish/,
    ],
    [
      "shares state between streams",
      decoder((inner) => ({
        event: (event) =>
          inner.event(event).map((part) =>
            part.type === "text" ? { ...part, text: shared.text = part.text + shared.text } : part
          ),
      })),
      /streamed sample/,
    ],
    ["throws in decodeError", {
      decodeError: (head, body) => (JSON.parse(body), good.decodeError(head, body)),
    }, /decodeError/],
    ["repeats whole bodies", {
      decodeError: (head, body) => loomError("provider-failed", body || "empty", {}, { status: head.status }),
    }, /characters long/],
    [
      "loses the status",
      { decodeError: () => new LoomError("rate-limited", "no", {}, { status: 418 }) },
      /keeps the vendor's status/,
    ],
  ];
  for (const [name, change, what] of faults) {
    test(`catches a dialect that ${name}`, () =>
      expectCaught((run) => dialectSuite(run, dialectOf(change), options), what));
  }
});
