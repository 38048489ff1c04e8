/** Makes a body of the texts of a form, by the ways in which names say lists and objects. */

import type { Json, JsonObject } from "../../contract/index.ts";

/** What was gathered under one name. */
interface Gathered {
  readonly texts: string[];
  isList: boolean;
  readonly inner: Map<string, string>;
}

/**
 * `a` once is a text, again a list; `a[]` is always a list; `a[key]` is a field of an object. A name that is said in two of
 * these ways keeps its plain texts.
 */
export function formFields(texts: readonly (readonly [name: string, text: string])[]): JsonObject {
  const names = new Map<string, Gathered>();
  for (const [written, text] of texts) {
    const opens = written.endsWith("]") ? written.indexOf("[") : -1;
    const name = opens > 0 ? written.slice(0, opens) : written;
    const key = opens > 0 ? written.slice(opens + 1, -1) : undefined;
    let gathered = names.get(name);
    if (gathered === undefined) names.set(name, gathered = { texts: [], isList: false, inner: new Map() });
    if (key !== undefined && key !== "") gathered.inner.set(key, text);
    else {
      gathered.texts.push(text);
      if (key === "") gathered.isList = true;
    }
  }
  // Not by assignment, so that a field called `__proto__` is a field like any other.
  return Object.fromEntries(Array.from(names, ([name, gathered]) => [name, valueOf(gathered)]));
}

function valueOf({ texts, isList, inner }: Gathered): Json {
  if (texts.length === 0) return Object.fromEntries(inner);
  const [only] = texts;
  return isList || texts.length > 1 || only === undefined ? texts : only;
}
