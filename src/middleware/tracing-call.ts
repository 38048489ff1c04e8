/** The outer link of tracing: one INTERNAL span per call, whether a vendor was asked or not. */

import {
  type Attributes,
  type Context as Scope,
  context,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Call } from "../contract/call.ts";
import type { Context, Ledger } from "../contract/context.ts";
import type { Json } from "../contract/json.ts";
import type { MiddlewareBefore } from "../contract/middleware.ts";
import type { Step } from "../contract/receipt.ts";
import type { Outcome } from "../contract/reply.ts";
import type { Target } from "../contract/target.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy, observe } from "../kernel/index.ts";
import { outcomeAttributes, setStatus } from "./tracing-outcome.ts";

export interface CallLinkServices {
  readonly tracer: Tracer;
  /** Nobody's name, and no words: `capture: "none"`. */
  readonly figuresOnly: boolean;
  /** Runs what talks to an SDK; `undefined` when that threw. */
  safely<T>(work: () => T): T | undefined;
}

/** Longest text that a step's detail becomes. */
const maxDetailChars = 1_000;

/** Where each running call's span is active, for SDKs that were set up without a context manager. */
const scopes = new WeakMap<Ledger, Scope>();

/** The scope that an attempt of this call begins in. */
export function scopeOf({ ledger }: Context): Scope {
  const active = context.active();
  return trace.getSpan(active) === undefined ? scopes.get(ledger) ?? active : active;
}

export function callLink({ tracer, figuresOnly, safely }: CallLinkServices): MiddlewareBefore<"telemetry"> {
  return {
    name: "trace-call",
    stage: "telemetry",
    before: true,
    async handle(ctx, next) {
      const outer = context.active();
      const span = safely(() => start(tracer, ctx, outer, figuresOnly));
      if (span === undefined) return await next();
      const inner = trace.setSpan(outer, span);
      scopes.set(ctx.ledger, inner);
      // A span that is not recorded still hands its trace on.
      if (!span.isRecording()) return await context.with(inner, next);
      const end = (outcome: Outcome, target?: Target) =>
        safely(() => finish(span, ctx, outcome, target, figuresOnly));
      let reply;
      try {
        reply = await context.with(inner, next);
      } catch (error) {
        end(endedBy(toLoomError(error, "a middleware")));
        throw error;
      }
      const { target } = reply;
      return observe(reply, { end: (outcome) => void end(outcome, target) });
    },
  };
}

function start(tracer: Tracer, { id, call }: Context, outer: Scope, figuresOnly: boolean): Span {
  const attributes: Attributes = {
    "loom.call.id": id,
    "loom.modality": call.modality,
    "loom.stream": call.stream,
  };
  if (!figuresOnly) name(attributes, call);
  return tracer.startSpan(`loom ${call.modality}`, { kind: SpanKind.INTERNAL, attributes }, outer);
}

/** Who asked, as far as it is known. */
function name(attributes: Attributes, { tenant, user, team, tags }: Call): void {
  if (tenant !== undefined) attributes["loom.tenant"] = tenant;
  if (user !== undefined) attributes["loom.user"] = user;
  if (team !== undefined) attributes["loom.team"] = team;
  if (tags !== undefined) attributes["loom.tags"] = [...tags];
}

function finish(
  span: Span,
  { ledger }: Context,
  outcome: Outcome,
  target: Target | undefined,
  figuresOnly: boolean,
): void {
  try {
    const { cache, deduplicated, attempts, cost, steps, startedAtMs } = ledger.receipt();
    const attributes: Attributes = {
      "loom.cache": cache,
      "loom.dedup": deduplicated,
      "loom.attempts": attempts.length,
      ...outcomeAttributes(outcome),
    };
    if (target !== undefined) {
      attributes["loom.provider"] = target.provider;
      attributes["loom.model"] = target.model;
    }
    // What is unknown is left out: a zero would be a claim.
    if (cost !== undefined && cost.usd !== null) attributes["loom.cost.usd"] = cost.usd;
    if (cost !== undefined && cost.savedUsd !== null) attributes["loom.cost.saved_usd"] = cost.savedUsd;
    span.setAttributes(attributes);
    for (const step of steps) {
      span.addEvent(eventName(step), figuresOnly ? {} : eventAttributes(step), startedAtMs + step.atMs);
    }
    setStatus(span, outcome, !figuresOnly);
  } finally {
    span.end();
  }
}

function eventName({ by, what }: Step): string {
  return `loom.${by}.${what}`;
}

/** The detail's fields, `loom.retry.wait_ms` for example. */
function eventAttributes({ by, detail }: Step): Attributes {
  const attributes: Attributes = {};
  if (detail === undefined || detail === null) return attributes;
  if (typeof detail !== "object" || Array.isArray(detail)) {
    attributes[`loom.${by}.detail`] = primitive(detail);
    return attributes;
  }
  for (const [key, value] of Object.entries(detail)) {
    if (value !== undefined && value !== null) attributes[`loom.${by}.${snakeCase(key)}`] = primitive(value);
  }
  return attributes;
}

function primitive(value: Json): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= maxDetailChars ? text : `${text.slice(0, maxDetailChars - 1)}…`;
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
