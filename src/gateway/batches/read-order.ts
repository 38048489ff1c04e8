/** Reads the body of `POST /v1/batches`. */

import type { Json, JsonObject } from "../../contract/index.ts";
import { readExpiry } from "../files/upload.ts";
import { given, invalid, requiredText } from "../formats/field-checks.ts";
import type { BatchOrder } from "./batch.ts";

/** Endpoints whose calls can be rows. */
export const batchEndpoints: readonly string[] = [
  "/v1/chat/completions",
  "/v1/responses",
  "/v1/embeddings",
  "/v1/completions",
  "/v1/messages",
];

/** The only one that OpenAI has, and that vendors have in common. */
const window = "24h";
export const windowS = 86_400;

const mostPairs = 16;
const longestName = 64;
const longestText = 512;

/** @throws LoomError `invalid-request`, naming the field */
export function readOrder(body: JsonObject): Omit<BatchOrder, "principal" | "headers"> {
  const inputFileId = requiredText(body, "input_file_id", "the id of an uploaded file");
  const endpoint = requiredText(body, "endpoint", `one of ${batchEndpoints.join(", ")}`);
  if (!batchEndpoints.includes(endpoint)) {
    throw invalid("endpoint", `must be one of ${batchEndpoints.join(", ")}`);
  }
  const completionWindow = requiredText(body, "completion_window", window);
  if (completionWindow !== window) throw invalid("completion_window", `must be ${window}`);
  const keepS = readExpiry(body, "output_expires_after");
  return {
    inputFileId,
    endpoint,
    completionWindow,
    metadata: metadataOf(given(body, "metadata")),
    ...(keepS === undefined ? {} : { keepS }),
  };
}

function metadataOf(value: Json | undefined): JsonObject | null {
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("metadata", "must be an object of texts");
  }
  const pairs = Object.entries(value);
  if (pairs.length > mostPairs) throw invalid("metadata", `may have ${mostPairs} pairs at most`);
  for (const [name, text] of pairs) {
    if (name.length > longestName) {
      throw invalid("metadata", `names may have ${longestName} characters at most`);
    }
    if (typeof text !== "string" || text.length > longestText) {
      throw invalid("metadata", `values must be texts of ${longestText} characters at most`);
    }
  }
  return value as JsonObject;
}
