/** OpenAI's `POST /v1/embeddings`: texts in, vectors out, as numbers or as base64. */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "../../contract/index.ts";
import type { Format } from "../format.ts";
import { headOf, ofType, usageOf } from "./answer-parts.ts";
import {
  type FieldKind,
  given,
  invalid,
  modelOf,
  optionalText,
  readParams,
  unknownFields,
} from "./field-checks.ts";
import { openaiFaults } from "./openai-faults.ts";
import { textList } from "./text-list.ts";

/** OpenAI's own bound; vendors with a lower one say so themselves. */
const maxInputs = 2_048;

const params: ReadonlyMap<string, FieldKind> = new Map([["dimensions", "whole"]]);
const own: ReadonlySet<string> = new Set(["model", "input", "encoding_format", "user"]);

/** `encoding_format` goes to no vendor that is not sent the body as it is: some refuse it, and it is only a way to write. */
export const openaiEmbeddings: Format = {
  id: "openai-embeddings",
  dialect: "openai-chat",

  read(body) {
    const encoding = given(body, "encoding_format");
    if (encoding !== undefined && encoding !== "float" && encoding !== "base64") {
      throw invalid("encoding_format", "must be float or base64");
    }
    const user = optionalText(body, "user");
    return {
      modality: "embedding",
      model: modelOf(body, "text-embedding-3-small"),
      call: { messages: [], input: inputOf(body), params: readParams(body, params), stream: false },
      unknown: unknownFields(body, own, params),
      ...(user !== undefined && { user }),
    };
  },

  write(parts, facts) {
    const asBase64 = facts.body["encoding_format"] === "base64";
    const data = ofType(parts, "embedding").map(({ index, vector }): Json => ({
      object: "embedding",
      index,
      embedding: asBase64 ? base64Of(vector) : vector,
    }));
    const { inputTokens = 0 } = usageOf(parts, facts) ?? {};
    const usage = { prompt_tokens: inputTokens, total_tokens: inputTokens };
    return { json: { object: "list", data, model: headOf(parts, facts).model, usage } };
  },

  // Many servers of the format overlook the wish for base64, and clients that have it take numbers for bytes.
  asAsked: (parts, body) => body["encoding_format"] !== "base64" || ofType(parts, "raw").every(isEncoded),

  ...openaiFaults,
};

function isEncoded({ value }: { readonly value: Json }): boolean {
  const { data } = value as { readonly data?: readonly { readonly embedding?: Json }[] };
  return typeof data?.[0]?.embedding === "string";
}

function inputOf(body: JsonObject): readonly string[] {
  const input = given(body, "input");
  const first = Array.isArray(input) ? input[0] as Json : undefined;
  if (typeof first === "number" || Array.isArray(first)) {
    const fix = "give texts (in LangChain for Python: check_embedding_ctx_length=False)";
    throw invalid("input", `tokens mean something to one vendor's models alone; ${fix}`);
  }
  return textList(input, "input", maxInputs);
}

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** Little-endian 32-bit floats, whatever the byte order of this machine. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.from(new Float32Array(vector).buffer);
  return (isBigEndian ? bytes.swap32() : bytes).toString("base64");
}
