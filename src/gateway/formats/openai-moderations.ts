/** OpenAI's `POST /v1/moderations`: is this harmful, and how. */

import type { Json, JsonObject, Judgement } from "../../contract/index.ts";
import type { Format } from "../format.ts";
import { asObject, headOf, ofType, rawOf } from "./answer-parts.ts";
import { given, invalid, optionalText, unknownFields } from "./field-checks.ts";
import { openaiFaults } from "./openai-faults.ts";
import { listOf, textList } from "./text-list.ts";

const maxInputs = 2_048;
const own: ReadonlySet<string> = new Set(["model", "input"]);

/** What OpenAI takes where no model is named. */
const defaultModel = "omni-moderation-latest";

export const openaiModerations: Format = {
  id: "openai-moderations",

  read(body) {
    return {
      modality: "moderation",
      model: optionalText(body, "model") ?? defaultModel,
      call: { messages: [], input: inputOf(body), params: {}, stream: false },
      unknown: unknownFields(body, own),
    };
  },

  write(parts, facts) {
    const judgements = ofType(parts, "moderation");
    const results = judgements.length > 0 && hasParts(facts.body) ? [joined(judgements)] : judgements;
    const said = rawOf(parts)["results"];
    const rows = Array.isArray(said) && said.length === results.length ? said as readonly Json[] : [];
    const { id, model } = headOf(parts, facts);
    return { json: { id, model, results: results.map((result, at) => written(result, asObject(rows[at]))) } };
  },

  ...openaiFaults,
};

/** Parts of one input are judged as one. */
function hasParts(body: JsonObject): boolean {
  const { input } = body;
  return Array.isArray(input) && typeof input[0] === "object";
}

function inputOf(body: JsonObject): readonly string[] {
  const input = given(body, "input");
  if (!hasParts(body)) return textList(input, "input", maxInputs);
  return listOf(input, "input", maxInputs, "a list of parts").map((entry, at) => {
    const part = asObject(entry);
    if (part?.["type"] === "image_url") {
      throw invalid(`input[${at}]`, "pictures cannot be judged here; give texts");
    }
    const text = part?.["text"];
    if (part?.["type"] !== "text" || typeof text !== "string") {
      throw invalid(`input[${at}]`, 'must be { "type": "text", "text": … }');
    }
    return text;
  });
}

/** Harmful is what is harmful in any of them. */
function joined(judgements: readonly Judgement[]): Judgement {
  const categories = new Map<string, boolean>();
  const scores = new Map<string, number>();
  for (const judgement of judgements) {
    for (const [name, is] of Object.entries(judgement.categories)) {
      categories.set(name, is || categories.get(name) === true);
    }
    for (const [name, score] of Object.entries(judgement.scores)) {
      scores.set(name, Math.max(score, scores.get(name) ?? 0));
    }
  }
  return {
    flagged: judgements.some(({ flagged }) => flagged),
    categories: Object.fromEntries(categories),
    scores: Object.fromEntries(scores),
  };
}

/** Loom sends texts alone, so that is what every category was applied to, where the vendor does not say. */
function written({ flagged, categories, scores }: Judgement, said: JsonObject | undefined): Json {
  const applied = said?.["category_applied_input_types"] ??
    Object.fromEntries(Object.keys(categories).map((name) => [name, ["text"]]));
  return { flagged, categories, category_scores: scores, category_applied_input_types: applied };
}
