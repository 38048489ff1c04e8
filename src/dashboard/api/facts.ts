/** `api/facts`: what the page must know before it shows anything. */

import { version } from "../../runtime/version.ts";
import type { DashboardOptions } from "../options.ts";
import type { DashboardSource } from "../source.ts";

/** For every dashboard that has no Loom to ask. */
const dollars = { code: "USD", perUsd: 1 };

export async function facts(source: DashboardSource, options: DashboardOptions): Promise<object> {
  const { key, reach = "host", notices = [] } = options;
  return {
    version: version(),
    currency: await currencyOf(source),
    capture: (await source.engine())?.opened.captureLevel ?? null,
    keySet: key !== undefined,
    reach: key === undefined ? reach : "key",
    whatIf: source.loom() !== undefined,
    notices,
    nowMs: source.clock.now(),
  };
}

async function currencyOf(
  source: DashboardSource,
): Promise<{ readonly code: string; readonly perUsd: number }> {
  const engine = await source.engine();
  if (engine === undefined) return dollars;
  const { local, localCurrency } = engine.opened.toCost({ nanoUsd: 1e9, lines: [], unpriced: [] }, 0);
  return local === null ? dollars : { code: localCurrency, perUsd: local };
}
