/** The columns that a job adds to its dataset, and what they hold for a row. */

import type { Json, JsonObject } from "../contract/json.ts";
import { loomError } from "../errors/index.ts";
import type { AskSpec } from "./ask/ask-spec.ts";
import type { Additions } from "./dataset/row.ts";
import type { JournalTotals, RowRecord } from "./journal/journal.ts";

/** `llm_response`, the properties of a schema, `llm_provider` and `llm_model` where wanted, `llm_error` where a row failed. */
export function addedColumns(
  { schema }: Pick<AskSpec, "schema">,
  withMeta: boolean,
  { failed }: Pick<JournalTotals, "failed">,
): readonly string[] {
  return [
    "llm_response",
    ...schemaColumns(schema),
    ...withMeta ? ["llm_provider", "llm_model"] : [],
    ...failed > 0 ? ["llm_error"] : [],
  ];
}

/** @throws LoomError `invalid-request`, when the input has one of them already */
export function checkAdded(names: readonly string[], columns: readonly string[]): void {
  const taken = names.find((name) => columns.includes(name));
  if (taken === undefined) return;
  throw loomError("invalid-request", `the input has a column "${taken}" already; rename it there`, {
    path: taken,
  });
}

function schemaColumns(schema: AskSpec["schema"]): readonly string[] {
  const properties = schema?.["properties"];
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

/** @param record `undefined`: nobody has asked this row yet */
export function additionsOf(names: readonly string[], record: RowRecord | undefined): Additions {
  const { text = "", output, provider = "", model = "", error } = record ?? {};
  const values: Record<string, Json> = {};
  const object: JsonObject = typeof output === "object" && output !== null && !Array.isArray(output)
    ? output as JsonObject
    : {};
  for (const name of names) {
    if (name === "llm_response") values[name] = text;
    else if (name === "llm_provider") values[name] = provider;
    else if (name === "llm_model") values[name] = model;
    else if (name === "llm_error") {
      values[name] = error === undefined ? "" : `${error.code}: ${error.message}`;
    } else values[name] = object[name] ?? null;
  }
  return values;
}
