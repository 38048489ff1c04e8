/** Params of picture and film calls: portable names, Google's own in snake_case, and sizes as ratios. */

import type { Body, Json, Manifest, Notice, Params } from "../../../src/plugin.ts";
import { snake } from "./generation-config.ts";

const ratios: ReadonlySet<string> = new Set(
  ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"],
);

/**
 * Params in Google's names, `size` as `aspectRatio`. What no name stands for passes through untouched.
 *
 * @param known Google's names, whose snake_case is taken too
 */
export function mediaParams(
  params: Params,
  known: readonly string[],
  rename: Readonly<Record<string, string>>,
  manifest: Manifest,
  notices: Notice[],
): Body {
  const names = new Map([...known.map((name) => [snake(name), name] as const), ...Object.entries(rename)]);
  const written: Body = {};
  for (const name in params) {
    const value = params[name];
    if (value === undefined || name === "size" || name === "response_format") continue;
    const sent = names.get(name) ?? name;
    if (sent !== name && params[sent] !== undefined) continue;
    written[sent] = value;
  }
  writeSize(params["size"], written, manifest, notices);
  return written;
}

function writeSize(size: Json | undefined, written: Body, manifest: Manifest, notices: Notice[]): void {
  if (size === undefined || size === null || size === "auto" || written["aspectRatio"] !== undefined) return;
  const ratio = ratioOf(String(size));
  if (ratio !== undefined) written["aspectRatio"] = ratio;
  else {
    const message = `${manifest.label} has no size ${size}, only ratios such as 16:9; it was left out`;
    notices.push({ code: "param-dropped", message });
  }
}

/** `1536x1024` is 3:2. */
function ratioOf(size: string): string | undefined {
  const [, width, height] = /^(\d{1,5})[x×:](\d{1,5})$/.exec(size) ?? [];
  if (width === undefined || height === undefined) return undefined;
  const divisor = greatestDivisor(Number(width), Number(height));
  if (divisor === 0) return undefined;
  const ratio = `${Number(width) / divisor}:${Number(height) / divisor}`;
  return ratios.has(ratio) ? ratio : undefined;
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
