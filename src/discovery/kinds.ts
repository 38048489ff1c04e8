/** The kinds of plugins and the folders they live in. */

import type { PluginKind } from "../contract/plugin.ts";

export const folderOfKind: Readonly<Record<PluginKind, string>> = {
  provider: "providers",
  dialect: "dialects",
  vault: "vaults",
  cache: "caches",
  sink: "sinks",
  guard: "guards",
  store: "stores",
  strategy: "strategies",
  middleware: "middleware",
};

export const pluginKinds: readonly PluginKind[] = Object.keys(folderOfKind) as PluginKind[];
