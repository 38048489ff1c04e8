/** Reads what steers the answer, into the names that mean the same at every vendor. */

import type { Json, JsonObject, OutputFormat } from "../../../contract/index.ts";
import { invalid, isGiven, listAt, numberAt, objectAt, textAt, wrong } from "./checks.ts";

const samplings = ["temperature", "top_p", "top_k"];

/**
 * The portable params of a request.
 * @param counting only its tokens are asked for, so it need not say how long the answer may be
 */
export function readParams(body: JsonObject, counting: boolean): Record<string, Json> {
  const params: Record<string, Json> = {};
  const { max_tokens: most, stop_sequences: stops } = body;
  if (isGiven(most) || !counting) params["max_tokens"] = maxTokens(most);
  for (const name of samplings) {
    const value = body[name];
    if (isGiven(value)) params[name] = numberAt(value, name);
  }
  if (isGiven(stops)) {
    const list = listAt(stops, "stop_sequences");
    params["stop"] = list.map((stop, index) => textAt(stop, `stop_sequences.${index}`));
  }
  const effort = effortOf(body);
  if (effort !== undefined) params["reasoning_effort"] = effort;
  return params;
}

function maxTokens(value: Json | undefined): number {
  if (value === undefined) {
    throw invalid("max_tokens", "Field required; it says how many tokens the answer may have at most");
  }
  if (!Number.isSafeInteger(value)) throw wrong(value, "max_tokens", "a valid integer");
  if (value as number < 0) throw wrong(value, "max_tokens", "greater than or equal to 0");
  return value as number;
}

/** What the vendor takes where nobody says. https://platform.claude.com/docs/en/build-with-claude/effort */
const defaultEffort = "high";

/** How hard to think. A budget is the nearest of the efforts that every vendor knows. */
function effortOf({ thinking: given, output_config: config }: JsonObject): string | undefined {
  const said = isGiven(config) ? objectAt(config, "output_config")["effort"] : undefined;
  const effort = isGiven(said) ? textAt(said, "output_config.effort") : undefined;
  if (!isGiven(given)) return effort;
  const thinking = objectAt(given, "thinking");
  switch (textAt(thinking["type"], "thinking.type")) {
    case "disabled":
      return "none";
    case "adaptive":
      return effort ?? defaultEffort;
    case "enabled":
      return effort ?? effortOfBudget(numberAt(thinking["budget_tokens"], "thinking.budget_tokens"));
    default:
      return effort;
  }
}

function effortOfBudget(tokens: number): string {
  if (tokens <= 4096) return "low";
  return tokens <= 12_288 ? "medium" : "high";
}

/** The form the answer must have: `output_config.format`, or the beta's `output_format`. */
export function readOutput(
  { output_config: config, output_format: older }: JsonObject,
): OutputFormat | undefined {
  const newer = isGiven(config) ? objectAt(config, "output_config")["format"] : undefined;
  const path = isGiven(newer) ? "output_config.format" : "output_format";
  const given = isGiven(newer) ? newer : older;
  if (!isGiven(given)) return undefined;
  const format = objectAt(given, path);
  if (format["type"] !== "json_schema") throw wrong(format["type"], `${path}.type`, "'json_schema'");
  return { schema: objectAt(format["schema"], `${path}.schema`), name: "output", repair: 0 };
}

/** Who the request is for. */
export function readUser({ metadata }: JsonObject): string | undefined {
  if (!isGiven(metadata)) return undefined;
  const user = objectAt(metadata, "metadata")["user_id"];
  return isGiven(user) ? textAt(user, "metadata.user_id") : undefined;
}
