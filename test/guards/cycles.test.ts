/** No file of the runtime or a plugin imports itself over others, by types either. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { importMap, isRelative, resolveFrom } from "./support/imports.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** One shortest circle through each file that is on one, each circle once. */
function cycles(graph: Graph): readonly string[] {
  const found = new Map<string, string>();
  for (const start of graph.keys()) {
    const circle = shortestCircle(graph, start);
    if (circle === undefined) continue;
    const key = [...circle].sort().join();
    if (!found.has(key)) found.set(key, [...circle, start].join(" -> "));
  }
  return [...found.values()].sort();
}

function shortestCircle(graph: Graph, start: string): readonly string[] | undefined {
  const from = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const next of graph.get(path) ?? []) {
      if (next === start) return trail(from, path, start);
      if (from.has(next)) continue;
      from.set(next, path);
      queue.push(next);
    }
  }
  return undefined;
}

function trail(from: ReadonlyMap<string, string>, end: string, start: string): readonly string[] {
  const path: string[] = [];
  for (let at = end; at !== start; at = from.get(at) ?? start) path.unshift(at);
  return [start, ...path];
}

describe("import cycles", () => {
  it("would be found", () => {
    const graph: Graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", ["d"]], ["e", ["a"]]]);
    assert.deepEqual(cycles(graph), ["a -> b -> c -> a", "d -> d"]);
  });

  it("do not exist, types and lazy imports included", () => {
    const graph = new Map<string, readonly string[]>();
    for (const [path, imports] of importMap()) {
      const relative = imports.filter(({ specifier }) => isRelative(specifier));
      graph.set(path, relative.map(({ specifier }) => resolveFrom(path, specifier)));
    }
    assert.ok([...graph.values()].flat().length > 200, "hardly any import was found");
    assert.deepEqual(cycles(graph), []);
  });
});
