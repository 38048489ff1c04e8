/** The dialects of one Loom, each made once, on first use. */

import type { Dialect } from "../contract/dialect.ts";
import type { Plugin, Use } from "../contract/plugin.ts";
import type { Dialects } from "../contract/services.ts";
import type { Registry } from "../discovery/registry.ts";
import { once } from "../util/once.ts";
import { makePlugin } from "./make-plugin.ts";

export function createDialects(registry: Registry, use: Use): Dialects {
  const known = new Map<string, () => Promise<Dialect>>();

  async function make(id: string): Promise<Dialect> {
    const plugin = await registry.plugin("dialect", id) as unknown as Plugin<"dialect">;
    return await makePlugin(plugin, {}, id, use);
  }

  return {
    get(id) {
      let dialect = known.get(id);
      if (dialect === undefined) known.set(id, dialect = once(() => make(id)));
      return dialect();
    },
  };
}
