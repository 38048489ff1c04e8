/** Reads a plugin's options as discovery would, for tests that make plugins directly. */

import assert from "node:assert/strict";
import type { OptionsIssue, Plugin, PluginKind } from "../../src/plugin.ts";

/** Options with their defaults. Fails the test when they are refused. */
export function optionsOf<K extends PluginKind, O>(plugin: Plugin<K, O>, given: unknown = {}): O {
  assert.ok(plugin.options !== undefined, `${plugin.kind} ${plugin.id} takes no options`);
  const read = plugin.options.safeParse(given);
  assert.ok(read.success, read.success ? "" : JSON.stringify(read.error.issues));
  return read.data;
}

/** What is said of options that must be refused, one line per issue: `path: message`. */
export function complaintsOf<K extends PluginKind, O>(
  plugin: Plugin<K, O>,
  given: unknown,
): readonly string[] {
  const read = plugin.options?.safeParse(given);
  assert.ok(read !== undefined && !read.success, `${JSON.stringify(given)} should have been refused`);
  return read.error.issues.map((issue: OptionsIssue) => `${issue.path.join(".")}: ${issue.message}`);
}
