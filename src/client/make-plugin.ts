/** Makes a plugin with its checked options; when that fails, says which plugin it was and what helps. */

import type { Plugin, PluginKind, PluginKinds, Use } from "../contract/plugin.ts";
import { checkOptions, type OptionsPlace } from "../discovery/check.ts";
import { LoomError, loomError } from "../errors/index.ts";

/**
 * @param path where the options stand, for messages
 * @throws LoomError `config-invalid` for wrong options, `plugin-invalid` for everything that `make` throws
 */
export async function makePlugin<K extends PluginKind>(
  plugin: Plugin<K>,
  given: Readonly<Record<string, unknown>>,
  path: OptionsPlace,
  use: Use,
): Promise<PluginKinds[K]> {
  const options = checkOptions(plugin as unknown as Plugin, given, path);
  let made: unknown;
  try {
    made = await plugin.make(use, options);
  } catch (cause) {
    if (LoomError.is(cause)) throw cause;
    const name = missingPackage(plugin, cause);
    throw invalid(
      plugin,
      name === undefined
        ? `could not be made: ${cause instanceof Error ? cause.message : String(cause)}`
        : `needs the package ${name}, which is not installed; run: npm install ${name}`,
      cause,
    );
  }
  if (typeof made === "object" && made !== null) return made as PluginKinds[K];
  throw invalid(plugin, `could not be made: make() gave ${made === null ? "null" : typeof made}`);
}

/** The optional package of a plugin whose import failed. */
function missingPackage({ packages }: Pick<Plugin, "packages">, cause: unknown): string | undefined {
  const { code, message } = (cause ?? {}) as { readonly code?: string; readonly message?: string };
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
  return packages?.find((name) => message?.includes(name));
}

function invalid({ kind, id }: Pick<Plugin, "kind" | "id">, problem: string, cause?: unknown): LoomError {
  return loomError("plugin-invalid", `${kind} "${id}" ${problem}`, { plugin: `${kind}/${id}` }, { cause });
}
