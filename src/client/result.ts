/** Makes results of parts: one shape per kind, the same whichever vendor answered. */

import type { Json } from "../contract/json.ts";
import type { Modality } from "../contract/call.ts";
import type { Citation, FinishReason, Judgement, Part, ToolCallPart } from "../contract/part.ts";
import type { Cost } from "../contract/cost.ts";
import type { Receipt } from "../contract/receipt.ts";
import type {
  Choice,
  Media,
  Result,
  ResultBase,
  RouterReport,
  TextResult,
  ToolCall,
} from "../contract/result.ts";
import type { Usage } from "../contract/usage.ts";
import { loomError } from "../errors/index.ts";
import { turnOf } from "./turn.ts";

/** What is known of an answer besides its parts. */
export interface ResultFacts {
  readonly modality: Modality;
  readonly provider: string;
  readonly model: string;
  readonly receipt: Receipt;
  readonly cost: Cost;
  readonly router?: RouterReport;
  /** Whether the parts came as a stream; the raw parts of one are pieces, and no body. */
  readonly streamed: boolean;
  /** The checked output, when a schema was given. */
  readonly output?: unknown;
}

const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
};

/** @throws LoomError `invalid-reply`, when an answer has nothing of what its kind consists of */
export function toResult(parts: readonly Part[], facts: ResultFacts): Result {
  const base = resultBase(parts, facts);
  switch (facts.modality) {
    case "text":
      return textResult(parts, base, facts);
    case "image":
      return { kind: "image", images: some(media(parts, "image"), "image", facts), ...base };
    case "video":
      return { kind: "video", videos: some(media(parts, "video"), "video", facts), ...base };
    case "speech":
      return { kind: "speech", audio: first(media(parts, "audio"), "audio", facts), ...base };
    case "transcription":
      return { kind: "transcription", text: joined(parts, "transcript"), ...base };
    case "embedding":
      return { kind: "embedding", embeddings: some(embeddings(parts), "embedding", facts), ...base };
    case "rerank":
      return { kind: "rerank", ranking: ranking(parts), ...base };
    case "moderation":
      return { kind: "moderation", judgements: some(judgements(parts), "moderation", facts), ...base };
  }
}

function resultBase(parts: readonly Part[], facts: ResultFacts): ResultBase {
  let usage = noUsage;
  let raw: Json | undefined;
  for (const part of parts) {
    if (part.type === "usage") usage = part.usage;
    else if (part.type === "raw" && raw === undefined && !facts.streamed) raw = part.value;
  }
  if (usage === noUsage) {
    usage = facts.receipt.attempts.findLast(({ status }) => status === "ok")?.usage ?? noUsage;
  }
  return {
    provider: facts.provider,
    model: facts.model,
    usage,
    cost: facts.cost,
    trace: facts.receipt,
    warnings: facts.receipt.warnings,
    ...(raw === undefined ? {} : { raw }),
    ...(facts.router === undefined ? {} : { router: facts.router }),
  };
}

/** One alternative while its parts are gathered. */
class ChoiceBuilder {
  text = "";
  reasoning = "";
  refusal = "";
  finishReason: FinishReason = "other";
  readonly toolCalls: ToolCall[] = [];

  add(part: Part): void {
    if (part.type === "text") this.text += part.text;
    else if (part.type === "reasoning") this.reasoning += part.text;
    else if (part.type === "refusal") this.refusal += part.text;
    else if (part.type === "tool-call") this.toolCalls.push(toolCall(part));
    else if (part.type === "finish") this.finishReason = part.reason;
  }

  choice(): Choice {
    const { text, reasoning, toolCalls, finishReason } = this;
    return { text, reasoning, toolCalls, finishReason };
  }
}

function textResult(parts: readonly Part[], base: ResultBase, facts: ResultFacts): TextResult {
  const main = new ChoiceBuilder();
  let others: Map<number, ChoiceBuilder> | undefined;
  const citations: Citation[] = [];
  for (const part of parts) {
    const choice = "choice" in part ? part.choice ?? 0 : 0;
    if (part.type === "citation" && choice === 0) citations.push(part.citation);
    if (choice === 0) {
      main.add(part);
      continue;
    }
    others ??= new Map();
    let other = others.get(choice);
    if (other === undefined) others.set(choice, other = new ChoiceBuilder());
    other.add(part);
  }
  const result: TextResult = {
    kind: "text",
    ...main.choice(),
    message: turnOf(parts, main.text, facts.provider),
    output: facts.output,
    ...(main.refusal === "" ? {} : { refusal: main.refusal }),
    citations,
    ...base,
  };
  if (others === undefined) return result;
  const rest = [...others].sort(([a], [b]) => a - b).map(([, builder]) => builder.choice());
  return { ...result, choices: [main.choice(), ...rest] };
}

function toolCall({ id, name, arguments: text }: ToolCallPart): ToolCall {
  let input: Json | undefined;
  try {
    input = text.trim() === "" ? {} : JSON.parse(text) as Json;
  } catch {
    // The model wrote something else than JSON; `arguments` still says what.
    input = undefined;
  }
  return { id, name, arguments: text, input };
}

/** The text of the first alternative; what an output schema is held against. */
export function textOf(parts: readonly Part[]): string {
  let text = "";
  for (const part of parts) if (part.type === "text" && (part.choice ?? 0) === 0) text += part.text;
  return text;
}

function joined(parts: readonly Part[], type: "transcript"): string {
  return parts.map((part) => part.type === type ? part.text : "").join("");
}

function media(parts: readonly Part[], type: "image" | "video" | "audio"): readonly Media[] {
  return parts.flatMap((part) => {
    if (part.type !== type) return [];
    const { type: _, ...rest } = part;
    return [rest];
  });
}

function embeddings(parts: readonly Part[]): readonly (readonly number[])[] {
  return parts.filter((part) => part.type === "embedding")
    .sort((a, b) => a.index - b.index)
    .map(({ vector }) => [...vector]);
}

function judgements(parts: readonly Part[]): readonly Judgement[] {
  return parts.filter((part) => part.type === "moderation")
    .sort((a, b) => a.index - b.index)
    .map(({ flagged, categories, scores }) => ({ flagged, categories, scores }));
}

function ranking(parts: readonly Part[]): readonly { index: number; score: number }[] {
  return parts.filter((part) => part.type === "rank")
    .map(({ index, score }) => ({ index, score }))
    .sort((a, b) => b.score - a.score);
}

function some<T>(items: readonly T[], what: string, facts: ResultFacts): readonly T[] {
  first(items, what, facts);
  return items;
}

function first<T>(items: readonly T[], what: string, { provider, model }: ResultFacts): T {
  const [item] = items;
  if (item === undefined) {
    throw loomError("invalid-reply", `${provider} answered without any ${what}`, {}, { provider, model });
  }
  return item;
}
