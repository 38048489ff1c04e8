/** `POST /v1/rerank` as Cohere, Jina and vLLM have it: which documents answer a question best. */

import type { Json, JsonObject } from "../../contract/index.ts";
import type { Format } from "../format.ts";
import { asObject, headOf, ofType, usageOf } from "./answer-parts.ts";
import {
  type FieldKind,
  given,
  invalid,
  modelOf,
  optionalCount,
  optionalFlag,
  readParams,
  requiredText,
  unknownFields,
} from "./field-checks.ts";
import { eventOf } from "./openai-faults.ts";
import { openaiError } from "./openai-error.ts";
import { listOf } from "./text-list.ts";

/** Cohere's own bound. */
const maxDocuments = 10_000;

const own: ReadonlySet<string> = new Set(["model", "query", "documents", "top_n", "return_documents"]);
const params: ReadonlyMap<string, FieldKind> = new Map([["max_tokens_per_doc", "whole"]]);

/** `top_n` and `return_documents` go to no vendor: not all have them, and what is asked can be done here for every one. */
export const rerank: Format = {
  id: "rerank",

  read(body) {
    optionalCount(body, "top_n");
    optionalFlag(body, "return_documents");
    const documents = listOf(given(body, "documents"), "documents", maxDocuments, "a list of texts");
    return {
      modality: "rerank",
      model: modelOf(body, "rerank-v3.5"),
      call: {
        messages: [],
        prompt: requiredText(body, "query", "the question that documents are ranked against"),
        input: documents.map(textOf),
        params: readParams(body, params),
        stream: false,
      },
      unknown: unknownFields(body, own, params),
    };
  },

  write(parts, facts) {
    const { body } = facts;
    const documents = given(body, "documents") as readonly Json[];
    const best = [...ofType(parts, "rank")].sort((one, other) => other.score - one.score);
    const results = best.slice(0, optionalCount(body, "top_n")).map(({ index, score }): Json => ({
      index,
      relevance_score: score,
      ...(body["return_documents"] === true && { document: documentOf(documents[index]) }),
    }));
    const usage = usageOf(parts, facts);
    const tokens = { input_tokens: usage?.inputTokens ?? 0, output_tokens: usage?.outputTokens ?? 0 };
    return {
      json: {
        ...headOf(parts, facts),
        results,
        meta: {
          api_version: { version: "2" },
          ...(usage?.queries !== undefined && { billed_units: { search_units: usage.queries } }),
          ...(usage !== undefined && usage.totalTokens > 0 && { tokens }),
        },
        usage: { prompt_tokens: tokens.input_tokens, total_tokens: usage?.totalTokens ?? 0 },
      },
    };
  },

  // Cohere's clients read `message`, those of the others `error`.
  error: (error, status, requestId) => ({
    id: requestId,
    message: error.message,
    ...openaiError(error, status),
  }),
  errorEvent: (error, status) => eventOf(openaiError(error, status)),
};

function textOf(document: Json, index: number): string {
  const text = typeof document === "string" ? document : asObject(document)?.["text"];
  if (typeof text === "string") return text;
  throw invalid(`documents[${index}]`, 'must be a text or { "text": … }');
}

/** As it was given; a plain text as the one field that it would be. */
function documentOf(document: Json | undefined): JsonObject {
  return typeof document === "string" ? { text: document } : asObject(document) ?? {};
}
