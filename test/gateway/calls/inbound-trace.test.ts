/** Requests that come with a trace: the call lies within it. Vendors are told nothing of it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, trace } from "@opentelemetry/api";
import { createGateway } from "../../../src/gateway.ts";
import { bareLoom } from "../../support/looms.ts";
import { serve } from "../../support/server.ts";
import { type Span, startCollector } from "../../plugins/sinks/otlp/collector.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const traceparent = `00-${traceId}-${spanId}-01`;

/** As OTLP has it: bytes. */
const idOf = (hexadecimal: string) => Buffer.from(hexadecimal, "hex").toString("base64");

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

/** One call through a gateway that exports; what the collector and the vendor got. */
async function asked(headers: Readonly<Record<string, string>>, stream = false, hosted = false) {
  const collector = await startCollector();
  const vendor = await serve(({ response }) => {
    response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
    const { choices: [choice], ...rest } = answer;
    const chunk = { ...rest, choices: [{ index: 0, delta: choice?.message, finish_reason: "stop" }] };
    response.end(stream ? `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` : JSON.stringify(answer));
  });
  try {
    await using loom = bareLoom({
      sinks: [{ type: "otlp", endpoint: collector.url }],
      providers: { openai: { baseUrl: `${vendor.url}/v1`, apiKey: "k" } },
    });
    const gateway = createGateway(loom);
    await gateway.open();
    const request = () =>
      gateway.fetch(
        new Request("http://gateway.test/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify({
            model: "openai/gpt-4o",
            stream,
            messages: [{ role: "user", content: "Hi" }],
          }),
        }),
        { fromLoopback: true },
      );
    const host = hosted ? trace.getTracer("host").startSpan("POST /v1") : undefined;
    const answered =
      await (host === undefined ? request() : context.with(trace.setSpan(context.active(), host), request));
    assert.equal(answered.status, 200, await answered.text());
    host?.end();
    await gateway.close();
  } finally {
    await collector.close();
    await vendor.close();
  }
  const named = (name: string): Span | undefined => collector.spans().find((span) => span.name === name);
  return { named, vendor };
}

describe("a request with a trace", () => {
  for (const stream of [false, true]) {
    it(`is the parent of its ${stream ? "streamed" : "whole"} call`, async () => {
      const { named, vendor } = await asked({ traceparent, baggage: "who=me" }, stream);
      const call = named("loom text");
      assert.equal(call?.trace_id, idOf(traceId));
      assert.equal(call?.parent_span_id, idOf(spanId));
      assert.equal(named("chat gpt-4o")?.trace_id, idOf(traceId));
      const { traceparent: told, baggage } = vendor.requests[0]?.headers ?? {};
      assert.deepEqual([told, baggage], [undefined, undefined], "vendors hear nothing of it");
    });
  }

  const others: readonly [string, Record<string, string>][] = [
    ["no trace", {}],
    ["a trace that is none", { traceparent: "00-nonsense" }],
  ];
  for (const [name, headers] of others) {
    it(`begins one of its own with ${name}`, async () => {
      const call = (await asked(headers)).named("loom text");
      assert.equal(call?.trace_id.length, idOf(traceId).length);
      assert.notEqual(call?.trace_id, idOf(traceId));
      assert.equal(call?.parent_span_id ?? "", "");
    });
  }

  it("is not exported when its caller does not sample it", async () => {
    const { named } = await asked({ traceparent: traceparent.replace(/01$/, "00") });
    assert.equal(named("loom text"), undefined);
  });

  it("leaves the span of a host that traces requests itself in its place", async () => {
    const { named } = await asked({ traceparent }, false, true);
    const host = named("POST /v1");
    assert.notEqual(host?.span_id, undefined);
    assert.equal(named("loom text")?.parent_span_id, host?.span_id);
  });
});
