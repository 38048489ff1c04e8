/** The inner link of tracing: one CLIENT span and one set of measurements per attempt. */

import {
  type Attributes,
  type Context as Scope,
  context,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Attempting } from "../contract/context.ts";
import type { Json } from "../contract/json.ts";
import type { MiddlewareBefore } from "../contract/middleware.ts";
import type { Part } from "../contract/part.ts";
import type { Outcome, Reply } from "../contract/reply.ts";
import type { Clock } from "../contract/services.ts";
import type { Usage } from "../contract/usage.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy, isContent, observe, type Observer } from "../kernel/index.ts";
import {
  countedTokens,
  finishWord,
  identity,
  requestAttributes,
  responseAttributes,
} from "./tracing-attributes.ts";
import { scopeOf } from "./tracing-call.ts";
import type { Instruments } from "./tracing-metrics.ts";
import { outcomeAttributes, setStatus } from "./tracing-outcome.ts";

export interface AttemptLinkServices {
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** No words of callers and vendors: `capture: "none"`. */
  readonly figuresOnly: boolean;
  /** `undefined`: nobody takes measurements. */
  readonly instruments: Instruments | undefined;
  providerName(provider: string): string;
  address(provider: string): { readonly host: string; readonly port?: number } | undefined;
  /** Runs what talks to an SDK; `undefined` when that threw. */
  safely<T>(work: () => T): T | undefined;
}

/** More alternatives than this are not told of; no vendor makes as many. */
const maxChoices = 128;

/**
 * An attempt is one pass through the adapter. When the adapter sends a request again with a new key, both are in one span,
 * and the call's span has the event.
 */
export function attemptLink(services: AttemptLinkServices): MiddlewareBefore<"adapter"> {
  const { instruments, safely } = services;
  return {
    name: "trace-attempt",
    stage: "adapter",
    before: true,
    async handle(ctx, next) {
      const observed = safely(() => start(ctx, services));
      if (observed === undefined) return await next();
      // A span that is not recorded still hands its trace on.
      if (!observed.span.isRecording() && instruments === undefined) {
        return await context.with(observed.scope, next);
      }
      let reply: Reply;
      try {
        reply = await context.with(observed.scope, next);
      } catch (error) {
        observed.end(endedBy(toLoomError(error, "a middleware")));
        throw error;
      }
      observed.answered(reply);
      return observe(reply, observed);
    },
  };
}

function start(ctx: Attempting, services: AttemptLinkServices): ObservedAttempt {
  const { target: { provider } } = ctx;
  const providerName = services.providerName(provider);
  const attributes = identity(ctx, providerName, services.address(provider));
  const name = `${String(attributes["gen_ai.operation.name"])} ${ctx.target.upstreamModel}`;
  const outer = scopeOf(ctx);
  const span = services.tracer.startSpan(
    name,
    { kind: SpanKind.CLIENT, attributes: { ...attributes } },
    outer,
  );
  if (span.isRecording()) span.setAttributes(asked(ctx, providerName, services.figuresOnly));
  return new ObservedAttempt(ctx, services, span, trace.setSpan(outer, span), attributes, providerName);
}

function asked(ctx: Attempting, providerName: string, figuresOnly: boolean): Attributes {
  const attributes = requestAttributes(ctx, providerName);
  // The only text among them that callers write.
  if (figuresOnly) delete attributes["gen_ai.request.stop_sequences"];
  return attributes;
}

/** Takes note of what an attempt delivers, and reports it when it ends, however it ends. */
class ObservedAttempt implements Observer {
  readonly span: Span;
  /** Where the span is active. */
  readonly scope: Scope;
  readonly #ctx: Attempting;
  readonly #services: AttemptLinkServices;
  readonly #identity: Attributes;
  readonly #providerName: string;
  readonly #startedMs: number;
  #streams = false;
  #requestId: string | undefined;
  #id: string | undefined;
  #model: string | undefined;
  #usage: Usage | undefined;
  #raw: Json | undefined;
  /** By alternative. */
  readonly #finishReasons = new Map<number, string>();
  #firstChunkMs: number | undefined;
  #lastChunkMs = 0;
  /** Attributes of the measurements of chunks; made at the first of them, when the answering model is known. */
  #chunkAttributes: Attributes | undefined;

  constructor(
    ctx: Attempting,
    services: AttemptLinkServices,
    span: Span,
    scope: Scope,
    identity: Attributes,
    providerName: string,
  ) {
    this.span = span;
    this.scope = scope;
    this.#ctx = ctx;
    this.#services = services;
    this.#identity = identity;
    this.#providerName = providerName;
    this.#startedMs = services.clock.monotonic();
  }

  answered({ parts, requestId }: Reply): void {
    this.#streams = parts === undefined;
    this.#requestId = requestId;
  }

  part(part: Part): void {
    if (isContent(part)) {
      if (this.#streams) this.#chunk();
    } else if (part.type === "response") {
      this.#id = part.id;
      this.#model = part.model;
    } else if (part.type === "usage") this.#usage = part.usage;
    else if (part.type === "finish") this.#finished(part);
    else if (part.type === "raw" && !this.#streams) this.#raw = part.value;
  }

  #finished({ choice = 0, reason, raw }: Part & { readonly type: "finish" }): void {
    if (this.#finishReasons.size < maxChoices) this.#finishReasons.set(choice, finishWord(reason, raw));
  }

  /** A chunk is a piece of content: what a vendor sends before, such as an empty message, is of use to nobody. */
  #chunk(): void {
    const { clock, instruments, safely } = this.#services;
    if (this.#firstChunkMs === undefined) {
      this.#firstChunkMs = this.#lastChunkMs = clock.monotonic();
    } else if (instruments !== undefined) {
      const nowMs = clock.monotonic();
      const seconds = (nowMs - this.#lastChunkMs) / 1000;
      this.#lastChunkMs = nowMs;
      const attributes = this.#chunkAttributes ??= this.#measured();
      safely(() => instruments.timePerOutputChunk.record(seconds, attributes, this.scope));
    }
  }

  end(outcome: Outcome): void {
    const { safely, instruments } = this.#services;
    if (instruments !== undefined) safely(() => this.#measure(instruments, outcome));
    if (this.span.isRecording()) safely(() => this.#finish(outcome));
  }

  #measured(): Attributes {
    return this.#model === undefined
      ? this.#identity
      : { ...this.#identity, "gen_ai.response.model": this.#model };
  }

  #measure({ duration, timeToFirstChunk, tokens }: Instruments, outcome: Outcome): void {
    const measured = this.#measured();
    const ended = { ...measured, ...outcomeAttributes(outcome) };
    duration.record((this.#services.clock.monotonic() - this.#startedMs) / 1000, ended, this.scope);
    const firstChunk = this.#timeToFirstChunk();
    if (firstChunk !== undefined) timeToFirstChunk.record(firstChunk, ended, this.scope);
    for (const { type, tokens: count } of countedTokens(this.#usage, this.#ctx.call.modality, true)) {
      tokens.record(count, { ...measured, "gen_ai.token.type": type }, this.scope);
    }
  }

  #finish(outcome: Outcome): void {
    const { span } = this;
    try {
      const response = {
        id: this.#id,
        model: this.#model,
        usage: this.#usage,
        finishReasons: [...this.#finishReasons].sort(([a], [b]) => a - b).map(([, word]) => word),
        raw: this.#raw,
        requestId: this.#requestId ?? (outcome.status === "ok" ? undefined : outcome.error.requestId),
        timeToFirstChunk: this.#timeToFirstChunk(),
      };
      span.setAttributes(responseAttributes(response, this.#ctx.call.modality, this.#providerName));
      span.setAttributes(outcomeAttributes(outcome));
      setStatus(span, outcome, !this.#services.figuresOnly);
    } finally {
      span.end();
    }
  }

  /** In seconds. */
  #timeToFirstChunk(): number | undefined {
    return this.#firstChunkMs === undefined ? undefined : (this.#firstChunkMs - this.#startedMs) / 1000;
  }
}
