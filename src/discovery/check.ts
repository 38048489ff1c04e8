/** Judges what a plugin module exports, by name, before the first call. */

import type { OptionsIssue, Plugin, PluginKind } from "../contract/plugin.ts";
import { loomError } from "../errors/index.ts";
import { pluginKinds } from "./kinds.ts";

/** Gives the value as a plugin. @throws LoomError `plugin-invalid`, saying what was there instead */
export function checkPlugin(value: unknown, origin: string): Plugin {
  if (typeof value !== "object" || value === null) {
    throw invalid(
      origin,
      `must export a plugin as default, made with definePlugin; it exports ${describe(value)}`,
    );
  }
  const plugin = value as Partial<Plugin>;
  if (plugin.api !== 1) {
    throw invalid(
      origin,
      `speaks version ${JSON.stringify(plugin.api)} of the plugin contract; this Loom speaks 1`,
    );
  }
  if (!pluginKinds.includes(plugin.kind as PluginKind)) {
    throw invalid(
      origin,
      `has the unknown kind ${JSON.stringify(plugin.kind)}; kinds are ${pluginKinds.join(", ")}`,
    );
  }
  if (typeof plugin.id !== "string" || !/^[a-z0-9][a-z0-9._-]*$/i.test(plugin.id)) {
    throw invalid(
      origin,
      `has the id ${JSON.stringify(plugin.id)}; ids are letters, digits, ".", "_" and "-"`,
    );
  }
  if (typeof plugin.make !== "function") throw invalid(origin, "has no function make(use, options)");
  return plugin as Plugin;
}

/** Where options stand, for messages: one path, or a path by the option's name. */
export type OptionsPlace = string | ((option: string) => string);

/** Checks a plugin's options. @throws LoomError `config-invalid`, naming path, value and what was expected */
export function checkOptions(
  plugin: Plugin,
  options: Readonly<Record<string, unknown>>,
  place: OptionsPlace,
): unknown {
  const pathOf = typeof place === "function" ? place : () => place;
  if (plugin.options === undefined) {
    const [unknown] = Object.keys(options);
    if (unknown === undefined) return undefined;
    const path = `${pathOf(unknown)}.${unknown}`;
    throw loomError("config-invalid", `${path}: ${plugin.kind} "${plugin.id}" takes no options`, { path });
  }
  const checked = plugin.options.safeParse(options);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues as readonly [OptionsIssue, ...OptionsIssue[]];
  // A schema speaks of an unknown option at the path of the object that holds it.
  const names = [...issue.path, ...issue.keys?.slice(0, 1) ?? []].map(String);
  const where = [pathOf(names[0] ?? ""), ...names].filter((name) => name !== "").join(".");
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  const given = value === undefined || typeof value === "object" ? "" : `, but is ${JSON.stringify(value)}`;
  throw loomError("config-invalid", `${where} of ${plugin.kind} "${plugin.id}": ${issue.message}${given}`, {
    path: where,
  });
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : value === null ? "null" : `a ${typeof value}`;
}

function invalid(plugin: string, problem: string): Error {
  return loomError("plugin-invalid", `plugin ${plugin} ${problem}`, { plugin });
}
