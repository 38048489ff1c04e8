/** Finds where in a YAML file an option stands, given its path in the constructor's names. */

import { isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";

/** A place in a file: the path as it is written there, and its line. */
export interface Place {
  /** For example `sinks[1].max_rows`. */
  readonly path: string;
  /** From 1. The line of the deepest key or entry that is there. */
  readonly line: number;
}

/** @param steps names in either spelling, and positions in lists */
export function placeOf(root: unknown, steps: readonly (string | number)[], lines: LineCounter): Place {
  let node = root as Node | null;
  let offset = node?.range?.[0] ?? 0;
  let path = "";
  for (let at = 0; at < steps.length;) {
    const found = child(node, steps, at);
    offset = found?.offset ?? offset;
    path += found?.name ?? written(steps[at] as string | number);
    node = found?.node ?? null;
    at += found?.used ?? 1;
  }
  return { path: path.replace(/^\./, ""), line: lines.linePos(offset).line };
}

interface Child {
  readonly name: string;
  readonly node: Node | null;
  readonly offset: number | undefined;
  /** How many steps it is: a name with dots in it looks like several. */
  readonly used: number;
}

function child(node: Node | null, steps: readonly (string | number)[], at: number): Child | undefined {
  const step = steps[at];
  if (isSeq(node) && typeof step === "number") {
    const item = node.items[step] as Node | undefined;
    return item === undefined
      ? undefined
      : { name: `[${step}]`, node: item, offset: item.range?.[0], used: 1 };
  }
  if (!isMap(node)) return undefined;
  for (let used = 1; at + used <= steps.length; used++) {
    const name = steps.slice(at, at + used).join(".");
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const text = String(key.value);
      if (text !== name && camelCase(text) !== name) continue;
      return { name: `.${text}`, node: value as Node | null, offset: key.range?.[0], used };
    }
  }
  return undefined;
}

function written(step: string | number): string {
  return typeof step === "number" ? `[${step}]` : `.${snakeCase(step)}`;
}

/** Splits a path such as `sinks[1].maxRows`. */
export function stepsOf(path: string): readonly (string | number)[] {
  return (path.match(/[^.[\]]+|\[\d+\]/g) ?? []).map((step) =>
    step.startsWith("[") ? Number(step.slice(1, -1)) : step
  );
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
