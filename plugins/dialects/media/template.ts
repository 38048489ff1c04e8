/** Texts with holes: `{image}` in what is written for each picture, `{id}` and `{model}` in paths. */

import type { Json } from "../../../src/plugin.ts";

/** A copy of `template` with `value` for the text that is the hole. */
export function filled(template: Json, hole: string, value: Json): Json {
  if (template === hole) return value;
  if (Array.isArray(template)) return template.map((entry: Json) => filled(entry, hole, value));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map((
      [name, entry],
    ) => [name, entry === undefined ? null : filled(entry, hole, value)]),
  );
}

/**
 * A path with its holes filled. What goes in stays within its place: slashes of a model's name part it, nothing leads up.
 *
 * @param find what a hole stands for; `undefined`: nothing is known
 * @returns `undefined`, when something is missing or would lead elsewhere
 */
export function pathOf(template: string, find: (hole: string) => string | undefined): string | undefined {
  let whole = true;
  const path = template.replace(/\{([^{}]*)\}/g, (_, hole: string) => {
    const text = find(hole) ?? "";
    const segments = hole === "model" ? text.split("/") : [text];
    if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) whole = false;
    return segments.map(encodeURIComponent).join("/");
  });
  return whole ? path : undefined;
}
