/** Says in an error's message which of Azure's content filters refused, which its own sentence leaves out. */

import { asFields, asText } from "../../../src/plugin.ts";

/** The body of an error with the categories in front of its message; the same body, when it names none. */
export function withCategories(body: string): string {
  if (!body.includes("content_filter_result")) return body;
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    // The reader of errors takes any text.
    return body;
  }
  const error = asFields(asFields(answer)?.["error"]);
  if (error === undefined) return body;
  const found = categories(asFields(error["innererror"]) ?? error);
  if (found.length === 0) return body;
  const message = `filtered for ${found.join(", ")}: ${asText(error["message"]) ?? "no reason was given"}`;
  return JSON.stringify({ error: { ...error, message } });
}

function categories(holder: Readonly<Record<string, unknown>>): readonly string[] {
  const results = asFields(holder["content_filter_result"]) ?? asFields(holder["content_filter_results"]) ??
    {};
  return Object.entries(results).flatMap(([name, value]) => {
    const result = asFields(value);
    if (result?.["filtered"] !== true) return [];
    const severity = asText(result["severity"]);
    return [severity === undefined ? name : `${name} (${severity})`];
  });
}
