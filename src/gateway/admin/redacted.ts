/** A configuration as it may be shown: everything but secrets. */

import type { Json } from "../../contract/index.ts";

const secretName = /key|secret|token|password|hash|authorization|cookie|credential/i;
const harmlessName = /^(keys|tokensPerMinute|maxTokens|minTokens|keyFile|tokenUrl|mayRoute)$/;
const hidden = "(hidden)";

/** Things that are no data, such as a store given in code, are named by their kind. */
export function redacted(value: unknown, name = ""): Json {
  if (typeof value === "string") return isSecret(name) ? hidden : withoutPassword(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((one) => redacted(one, name));
  if (typeof value === "object" && isPlain(value)) {
    const inHeaders = name === "headers" || name === "apiKeys";
    return Object.fromEntries(
      Object.entries(value).filter(([, one]) => one !== undefined)
        .map(([field, one]) => [field, inHeaders ? hidden : redacted(one, field)]),
    );
  }
  return value === undefined ? null : `(${typeof value})`;
}

function isSecret(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function withoutPassword(text: string): string {
  if (!text.includes("@") || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password !== "") url.password = "hidden";
  return url.href;
}
