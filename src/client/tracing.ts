/** The links that trace calls, when a program has registered an OpenTelemetry SDK. */

import type { Middleware } from "../contract/middleware.ts";
import type { Clock, Logger } from "../contract/services.ts";
import { tracingWanted } from "../middleware/tracing-detect.ts";
import { version } from "../runtime/version.ts";
import type { Providers } from "./providers.ts";

/** OpenTelemetry's links, when an SDK is registered; otherwise nothing of it is even loaded. */
export async function tracing(
  providers: Providers,
  clock: Clock,
  logger: Logger,
  figuresOnly: boolean,
): Promise<readonly Middleware[]> {
  if (!tracingWanted()) return [];
  const { tracingLinks } = await import("../middleware/tracing.ts");
  const made = (id: string) => {
    const found = providers.get(id);
    return found instanceof Promise ? undefined : found.provider;
  };
  return tracingLinks({
    otelName: (id) => made(id)?.otelName,
    address: (id) => made(id)?.address,
    clock,
    figuresOnly,
    version: version(),
    logger,
  });
}
