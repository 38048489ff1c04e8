/** Under which name an answer is kept: the digest that the specification gives. */

import { hash } from "node:crypto";
import { canonicalText } from "../../util/canonical-text.ts";
import type { AskSpec } from "../ask/ask-spec.ts";

/** What shapes an answer beside provider, model and prompt. Column and template are in the prompt already. */
type Extras = Pick<AskSpec, "system" | "schema" | "params" | "fallback">;

/**
 * `sha256("<provider>|<model>|<prompt>")`. Where more is given, the digest is of all of it in canonical JSON: that begins with
 * a brace, as no provider's name does, so that no prompt can be mistaken for one with extras.
 */
export function cacheKey(spec: AskSpec, prompt: string): string {
  const { provider, model } = spec;
  const extras = extrasOf(spec);
  // In UTF-8 all lone surrogates look alike; canonical JSON keeps them apart.
  const plain = extras === undefined && prompt.isWellFormed();
  return hash(
    "sha256",
    plain ? `${provider}|${model}|${prompt}` : canonicalText({ provider, model, prompt, ...extras }),
    "hex",
  );
}

function extrasOf({ system, schema, params, fallback }: AskSpec): Extras | undefined {
  const extras: Extras = {
    ...system === undefined ? {} : { system },
    ...schema === undefined ? {} : { schema },
    ...params === undefined || Object.keys(params).length === 0 ? {} : { params },
    ...fallback === undefined || fallback.length === 0 ? {} : { fallback },
  };
  return Object.keys(extras).length === 0 ? undefined : extras;
}
