/** The guard `content`: words, expressions, lengths, languages and the shape of answers that a configuration allows or not. */

import { z } from "zod";
import { definePlugin, type Findings, type Guard, type Plugin } from "../../../src/plugin.ts";
import { foundLanguage } from "./language.ts";
import { expressions, type Pattern } from "./expressions.ts";
import { phrases } from "./phrases.ts";
import { type JsonSchema, schemaCheck } from "./schema-check.ts";

export interface ContentGuardOptions {
  /** Words and phrases that must not appear. Case, accents and the width of blanks do not matter; they are found as whole words. */
  readonly deny: readonly string[];
  /** Phrases in which a denied word may stand, such as `Essex` for one that is in it. */
  readonly allow: readonly string[];
  /** Regular expressions in the syntax of RE2, which take linear time whatever they meet. */
  readonly patterns: readonly Pattern[];
  /** Characters that a text of the input may have. */
  readonly maxInputChars?: number | undefined;
  /** Characters that an answer may have, and must have. The answer is then held back until its end. */
  readonly maxOutputChars?: number | undefined;
  readonly minOutputChars?: number | undefined;
  /** Languages that may be written, as `en` or `pt`. Short texts, and those in no language that is known here, may pass. */
  readonly languages?: readonly string[] | undefined;
  /** JSON Schema that the answer must fit. The answer is then held back until its end. */
  readonly schema?: JsonSchema | undefined;
}

const chars = z.int().min(0).max(1_000_000_000).optional();
const options = z.strictObject({
  deny: z.array(z.string().trim().min(1).max(200)).max(100_000).default([]),
  allow: z.array(z.string().trim().min(1).max(200)).max(100_000).default([]),
  patterns: z.array(z.strictObject({
    pattern: z.string().min(1).max(2_000),
    kind: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/).default("PATTERN"),
    ignoreCase: z.boolean().default(false),
  })).max(1_000).default([]),
  maxInputChars: chars,
  maxOutputChars: chars,
  minOutputChars: chars,
  languages: z.array(z.string().regex(/^[a-z]{2}$/)).min(1).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
}) as z.ZodType<ContentGuardOptions>;

const plugin: Plugin<"guard", ContentGuardOptions> = definePlugin({
  api: 1,
  kind: "guard",
  id: "content",
  options,
  async make(_use, chosen): Promise<Guard> {
    const { deny, allow, patterns, maxInputChars, maxOutputChars, minOutputChars, languages, schema } =
      chosen;
    const words = phrases(deny, allow);
    const matching = await expressions(patterns);
    const fits = schema === undefined ? undefined : schemaCheck(schema);
    const search = (text: string): Findings => inOrder([...words(text), ...matching(text)]);
    const language = (text: string): Findings => {
      const found = languages === undefined ? undefined : foundLanguage(text);
      return found === undefined || languages?.includes(found.language)
        ? []
        : [about(text, "LANGUAGE", found.score)];
    };
    const length = (text: string, least = 0, most = Infinity): Findings =>
      text.length > most ? [about(text, "TOO_LONG")] : text.length < least ? [about(text, "TOO_SHORT")] : [];
    const inWhole = fits !== undefined || languages !== undefined || maxOutputChars !== undefined ||
      minOutputChars !== undefined;
    const searches = deny.length > 0 || patterns.length > 0;
    return {
      input: ({ role, text }) => [
        ...length(text, 0, maxInputChars),
        ...(role === "user" ? language(text) : []),
        ...search(text),
      ],
      ...(searches && { output: search, windowChars: 256 }),
      ...(inWhole && {
        whole: (text) => [
          ...length(text, minOutputChars, maxOutputChars),
          ...language(text),
          ...(fits === undefined || fits(text) ? [] : [about(text, "SCHEMA")]),
        ],
      }),
    };
  },
});

export default plugin;

function about(text: string, kind: string, score = 1) {
  return { start: 0, end: text.length, kind, score };
}

/** One finding where several overlap. */
function inOrder(findings: Findings): Findings {
  if (findings.length < 2) return findings;
  const kept: { start: number; end: number; kind: string; score: number }[] = [];
  for (const one of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) kept.push({ ...one });
    else last.end = Math.max(last.end, one.end);
  }
  return kept;
}
