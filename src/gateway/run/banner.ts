/** What `loom serve` says when it stands: where, for whom, and what is missing. */

import type { GatewayConfig } from "./generation.ts";
import type { RunningGateway } from "./run-gateway.ts";

export async function banner({ url, adminUrl, pagesUrl, generation }: RunningGateway): Promise<string> {
  const { gateway: { engine, keys }, config } = generation;
  const { providers } = engine.opened;
  const ready: string[] = [];
  const configured = config.gateway.models?.providers?.map(({ name }) => name);
  for (const id of configured ?? providers.ids()) {
    try {
      const { origin, names } = await providers.keyOrigin(id);
      if (names.length > 0 && origin !== "missing") ready.push(id);
    } catch (error) {
      // Those that nobody asked for need not be set up.
      if (configured !== undefined) ready.push(`${id} (not ready: ${(error as Error).message})`);
    }
  }
  const lines = [
    `loom listens on ${url}`,
    `  OpenAI clients:    base URL ${url}/v1`,
    `  Anthropic clients: base URL ${url}`,
    adminUrl === undefined
      ? "  no admin endpoints"
      : `  metrics and admin: ${adminUrl}/metrics, ${adminUrl}/ai/providers`,
    ...pagesUrl === undefined ? [] : [`  dashboard:         ${pagesUrl}`],
    ready.length === 0
      ? "  no provider has a key; model sandbox/sandbox-small works without"
      : `  providers: ${ready.join(", ")}`,
  ];
  if (keys.open) {
    lines.push("  WARNING: no gateway keys are configured, so only this machine itself is served");
  }
  if (config.loom.store === undefined && hasBudgets(config)) {
    lines.push(
      "  WARNING: budgets are kept in memory and begin anew with each start; set data_file, or a shared store",
    );
  }
  return lines.join("\n") + "\n";
}

function hasBudgets({ gateway: { keys = {} }, loom: { limits = {} } }: GatewayConfig): boolean {
  const all = [
    ...keys.list ?? [],
    ...Object.values(keys.teams ?? {}),
    ...Object.values(keys.users ?? {}),
    ...limits.all ?? [],
  ];
  return all.some(({ budgets = [] }) => budgets.length > 0);
}
