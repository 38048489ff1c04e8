/** Environment variables, with the working directory's `.env` beneath them. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { parseEnv } from "node:util";
import type { Environment } from "../contract/services.ts";
import { loomError } from "../errors/index.ts";

/**
 * The process environment; values of `.env` fill in what it does not set, and change nothing that it does.
 *
 * @param dotEnvPath default `.env` in the working directory; a missing file is no error
 * @throws LoomError `config-invalid`, when the file is there and cannot be read
 */
export function processEnvironment(dotEnvPath = ".env"): Environment {
  const file = readDotEnv(dotEnvPath);
  return { get: (name) => variable(name) ?? nonEmpty(file[name]) };
}

/** An environment of given values alone, for programs that read nothing from the outside. */
export function fixedEnvironment(values: Readonly<Record<string, string | undefined>>): Environment {
  return { get: (name) => nonEmpty(values[name]) };
}

/** An empty variable is as good as none: shells and compose files set them so. What every object has is no variable. */
function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function variable(name: string): string | undefined {
  try {
    return nonEmpty(process.env[name]);
  } catch (cause) {
    throw loomError(
      "config-invalid",
      `may not read the variable ${name}; on Deno, run with --allow-env=${name}`,
      {
        path: name,
      },
      { cause },
    );
  }
}

function readDotEnv(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    // Without read permission on Deno there is simply no file: keys may still come from elsewhere.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return {};
    if ((cause as Error).name === "NotCapable" || code === "EACCES" || code === "EPERM") return {};
    throw loomError("config-invalid", `cannot read ${resolve(path)}`, { path: ".env", file: resolve(path) }, {
      cause,
    });
  }
}
