/** The plugins that ship with Loom, from their generated index: manifests as data, code as imports nobody has made yet. */

import type { Bundle } from "./registry.ts";

export async function bundle(): Promise<Bundle> {
  const { manifests, plugins } = await import("../../plugins/_index.ts");
  return { manifests, plugins };
}
