/** Puts captured content on the spans of calls, where capturing was asked for; there is none otherwise. */

import type { Attributes } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { CallRecord } from "../../../src/plugin.ts";

/** Calls that are remembered at once; a call beyond that is exported without its content. */
const maxOpen = 10_000;

interface OpenCall {
  readonly span: Span;
  /** Of the last attempt that ended within. */
  finish?: string;
}

export interface CallContent {
  /** Remembers the spans of calls while they are open. */
  readonly processor: SpanProcessor;
  /** The record of a call comes before its span ends. */
  tell(record: CallRecord): void;
}

export function callContent(): CallContent {
  const byCall = new Map<unknown, OpenCall>();
  const bySpan = new Map<string, OpenCall>();
  return {
    processor: {
      onStart(span) {
        const id = span.attributes["loom.call.id"];
        if (id === undefined || bySpan.size >= maxOpen) return;
        const call = { span };
        byCall.set(id, call);
        bySpan.set(span.spanContext().spanId, call);
      },
      onEnd(span) {
        const finish = finishOf(span);
        const around = bySpan.get(span.parentSpanContext?.spanId ?? "");
        if (finish !== undefined && around !== undefined) around.finish = finish;
        if (bySpan.delete(span.spanContext().spanId)) byCall.delete(span.attributes["loom.call.id"]);
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    tell(record) {
      const call = byCall.get(record.callId);
      if (call !== undefined) call.span.setAttributes(contentAttributes(record, call.finish));
    },
  };
}

function finishOf({ attributes }: ReadableSpan): string | undefined {
  const reasons = attributes["gen_ai.response.finish_reasons"];
  const first: unknown = Array.isArray(reasons) ? reasons[0] : undefined;
  return typeof first === "string" ? first : undefined;
}

/** The messages as the conventions write them, in JSON: attributes of spans are flat. */
export function contentAttributes(
  { content, status }: Pick<CallRecord, "content" | "status">,
  finish: string | undefined,
): Attributes {
  if (content === undefined) return {};
  const message = (role: string, text: string) => ({ role, parts: [{ type: "text", content: text }] });
  const attributes: Attributes = {
    "gen_ai.input.messages": JSON.stringify(content.input.map(({ role, text }) => message(role, text))),
  };
  if (content.output !== "") {
    const finish_reason = finish ?? (status === "ok" ? "stop" : "error");
    attributes["gen_ai.output.messages"] = JSON.stringify([{
      ...message("assistant", content.output),
      finish_reason,
    }]);
  }
  if (content.cut) attributes["loom.content.cut"] = true;
  return attributes;
}
