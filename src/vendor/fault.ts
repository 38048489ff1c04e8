/** Finds what a vendor says went wrong, in the many shapes in which vendors of this dialect say it. */

import { asFields, asList, asText, asWord, type Fields } from "./json.ts";

/** A vendor's complaint, taken apart. All fields but `words` may be missing. */
export interface Fault {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  /** The field of the request that it is about. */
  readonly param: string | undefined;
  /** An HTTP status that the body names, for errors inside a 200. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** Everything in it that may be searched for telling phrases, in small letters. */
  readonly words: string;
  /** A wait in the body's own field, such as `17s`. */
  readonly wait: string | undefined;
}

/** Reads a fault out of parsed JSON. `undefined`: this is no error. */
export function faultOf(body: unknown): Fault | undefined {
  const outer = asFields(asList(body)?.[0] ?? body);
  if (outer === undefined) return undefined;
  const inner = asFields(outer["error"]) ?? asFields(asFields(outer["Response"])?.["Error"]);
  if (inner !== undefined) return taken(inner, outer);
  const text = asText(outer["error"]);
  // xAI: `{code, error: "text"}`, Ollama: `{error: "text"}`.
  if (text !== undefined) return taken({ ...outer, message: text }, outer);
  const says = outer["message"] ?? outer["detail"] ?? outer["msg"] ?? outer["error_msg"] ?? outer["errors"];
  return says === undefined || says === null ? undefined : taken({ ...outer, message: says }, outer);
}

/** A fault of which only words are known: HTML, plain text. */
export function faultOfText(body: string): Fault {
  const text = body.slice(0, maxWords);
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1] ?? text.replace(/<[^>]*>/g, " ");
  const message = asText(title.trim());
  return {
    message,
    code: undefined,
    type: undefined,
    param: undefined,
    status: undefined,
    requestId: undefined,
    words: (message ?? "").toLowerCase(),
    wait: undefined,
  };
}

/** No phrase that tells anything stands further back. */
const maxWords = 4_000;

function taken(inner: Fields, outer: Fields): Fault {
  const metadata = asFields(inner["metadata"]);
  const upstream = rawMessage(metadata?.["raw"]);
  const said = describe(inner["message"] ?? inner["Message"] ?? inner["detail"] ?? inner["msg"], 0);
  const message = upstream !== undefined && (said === undefined || /provider returned error/i.test(said))
    ? `${said === undefined ? "" : `${said}: `}${upstream}`
    : said;
  const code = asWord(inner["code"]) ?? asWord(inner["Code"]) ?? asWord(outer["code"]);
  const type = asText(inner["type"]) ?? asText(metadata?.["error_type"]) ?? asText(inner["status"]) ??
    asText(outer["type"]);
  const innerCode = asText(asFields(inner["innererror"])?.["code"]);
  const details = asList(inner["details"]) ?? [];
  const detailCode = asText(asFields(inner["details"])?.["error_code"]);
  const words = [message, code, type, innerCode, detailCode, ...details.flatMap(googleReasons)]
    .filter((word) => word !== undefined).join(" | ");
  return {
    message,
    code,
    type,
    param: asText(inner["param"]),
    status: statusOf(inner, outer),
    requestId: asText(outer["request_id"]) ?? asText(inner["request_id"]) ??
      asText(asFields(outer["Response"])?.["RequestId"]),
    words: words.toLowerCase().slice(0, maxWords),
    wait: details.map((entry) => asText(asFields(entry)?.["retryDelay"])).find((delay) =>
      delay !== undefined
    ),
  };
}

/** What Google's `details` say in one word: `reason` (ErrorInfo) and the ids of the quotas that were hit (QuotaFailure). */
function googleReasons(detail: unknown): readonly (string | undefined)[] {
  const fields = asFields(detail);
  if (fields === undefined) return [];
  const violations = asList(fields["violations"]) ?? [];
  return [asText(fields["reason"]), ...violations.map((entry) => asText(asFields(entry)?.["quotaId"]))];
}

/** OpenRouter and Perplexity write the HTTP status where others write a word. */
function statusOf(inner: Fields, outer: Fields): number | undefined {
  const named = [
    inner["code"],
    inner["http_code"],
    inner["status_code"],
    outer["statusCode"],
    outer["status"],
  ];
  for (const value of named) {
    const status = typeof value === "number" ? value : Number.NaN;
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return undefined;
}

/** A sentence from what stands where a message should: a text, a list of complaints (Mistral), an object. */
function describe(value: unknown, depth: number): string | undefined {
  const text = asText(value);
  if (text !== undefined || depth > 3) return text;
  const list = asList(value);
  if (list !== undefined) {
    const said = list.slice(0, 5).map((entry) => describe(entry, depth + 1)).filter((entry) =>
      entry !== undefined
    );
    return said.length === 0 ? undefined : said.join("; ");
  }
  const fields = asFields(value);
  if (fields === undefined) return undefined;
  const what = describe(fields["msg"] ?? fields["message"] ?? fields["detail"] ?? fields["error"], depth + 1);
  const where = asList(fields["loc"])?.join(".");
  return what !== undefined && where !== undefined ? `${where}: ${what}` : what;
}

/** What the vendor behind OpenRouter said, which is JSON in a text. */
function rawMessage(raw: unknown): string | undefined {
  const text = asText(raw);
  if (text === undefined || !text.trimStart().startsWith("{")) return text;
  try {
    return faultOf(JSON.parse(text))?.message ?? text;
  } catch {
    return text;
  }
}
