/** Says how hard to think in the vendor's words, where they are not `reasoning_effort` and its usual values. */

import type { Json, Manifest, Notice, Params } from "../../../src/plugin.ts";

/** Params with the portable `reasoning_effort` put into the vendor's words. */
export type EffortWriter = (params: Params, notices: Notice[]) => Params;

export function effortWriter({ reasoning, label }: Manifest): EffortWriter {
  const words = reasoning?.effort;
  if (words === undefined) return (params) => params;
  const table = new Map<string, string | Readonly<Record<string, Json>>>(Object.entries(words));
  return (params, notices) => {
    const { reasoning_effort: effort, ...rest } = params;
    if (typeof effort !== "string") return params;
    const said = table.get(effort) ?? table.get("*");
    if (said === undefined || said === effort) return params;
    // The vendor's own params say it more exactly than the portable one.
    if (typeof said !== "string") return { ...said, ...rest };
    const message = `${label} knows no \`reasoning_effort\` ${effort}; it became ${said}`;
    notices.push({ code: "param-clamped", message });
    return { ...rest, reasoning_effort: said };
  };
}
