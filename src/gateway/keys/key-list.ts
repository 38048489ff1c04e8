/** Parses the text of a key file, JSON or YAML, in the spelling of files or of options. */

import { camelCase, snakeCase } from "../../client/yaml-place.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import type { KeyOptions } from "../options.ts";

/** Options whose name in files is another word, not only another spelling. */
const fileNames: Readonly<Record<string, string>> = {
  requests_per_minute: "rpm",
  tokens_per_minute: "tpm",
  concurrent_requests: "concurrent",
  budgets: "budget_usd",
  limit_usd: "limit",
};

/** @throws LoomError `config-invalid`; it quotes nothing of the text, as the parsers' own errors would */
export async function parseKeyList(file: string, text: string): Promise<readonly KeyOptions[]> {
  const [{ parseDocument }, { z }, { keyOf, keySchema }] = await Promise.all([
    import("yaml"),
    import("zod"),
    import("./key-schema.ts"),
  ]);
  // JSON is YAML, too.
  const document = parseDocument(text, { prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const line = text.slice(0, fault.pos[0]).split("\n").length;
    throw wrong(file, `is neither YAML nor JSON: ${fault.code} in line ${line}`);
  }
  const read = z.array(keySchema).safeParse(spelt(toPlain(file, () => document.toJS() as unknown)));
  if (read.success) return read.data.map(keyOf);
  const [issue] = read.error.issues;
  const path = (issue?.path ?? []).map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`);
  const place = path.length === 0 ? "" : `${path.join("")} `;
  // A name that does not look like one may be a key in the wrong place.
  const unknown = issue?.code === "unrecognized_keys"
    ? issue.keys.map((name) => /^[a-z_]{1,24}$/i.test(name) ? name : "…").join(", ")
    : undefined;
  throw wrong(
    file,
    unknown === undefined
      ? `${place}is not as expected: ${issue?.message ?? "a list of keys"}`
      : `${place}has unknown fields: ${unknown}`,
  );
}

function toPlain(file: string, make: () => unknown): unknown {
  try {
    return make();
  } catch {
    // Aliases that refer to nothing, or that would grow without end.
    throw wrong(file, "has aliases that cannot be followed");
  }
}

/** Names of fields in the spelling of files. Values of keys hold no names of their own. */
function spelt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spelt);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const snake = snakeCase(camelCase(name));
      return [fileNames[snake] ?? snake, spelt(one)];
    }),
  );
}

function wrong(file: string, problem: string): LoomError {
  return loomError("config-invalid", `key file ${file} ${problem}`, { path: "keys.file", file });
}
