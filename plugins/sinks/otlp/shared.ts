/** One export for the whole process: OpenTelemetry has one place to register, so every sink shares it. */

import type { Logger } from "../../../src/plugin.ts";
import { type Export, type ExportServices, startExport } from "./export.ts";
import { hasSdk } from "./registry.ts";
import type { Settings } from "./settings.ts";

interface Shared {
  readonly settings: string;
  readonly starting: Promise<Export>;
  users: number;
}

let running: Shared | undefined;

/**
 * Begins an export, or joins the one that runs. `undefined`: somebody else's SDK is registered, and what Loom tells goes there.
 * Each `close` is the last for one user alone; the export ends with its last user.
 */
export async function shareExport(settings: Settings, services: ExportServices): Promise<Export | undefined> {
  if (running === undefined && hasSdk()) {
    services.logger.warn(
      "an OpenTelemetry SDK is registered in this process already; Loom's spans and metrics go where that one sends them, " +
        "and the sink otlp exports nothing of its own",
    );
    return undefined;
  }
  const shared = running ??= {
    settings: sameness(settings),
    starting: startExport(settings, services),
    users: 0,
  };
  if (shared.settings !== sameness(settings)) sayDifferent(services.logger);
  shared.users++;
  try {
    return leaving(await shared.starting, shared);
  } catch (error) {
    // Nobody can use what did not start; the next one tries again.
    if (running === shared) running = undefined;
    throw error;
  }
}

function leaving(exporting: Export, shared: Shared): Export {
  let closing: Promise<void> | undefined;
  return {
    tell: (record) => exporting.tell(record),
    flush: () => exporting.flush(),
    close: () => closing ??= leave(),
    get dropped() {
      return exporting.dropped;
    },
  };

  async function leave(): Promise<void> {
    if (--shared.users > 0) return await exporting.flush();
    if (running === shared) running = undefined;
    await exporting.close();
  }
}

/** All of the settings but what is made up anew for each. */
function sameness({ resource, ...rest }: Settings): string {
  const { "service.instance.id": _, ...lasting } = resource;
  return JSON.stringify({ ...rest, resource: lasting });
}

function sayDifferent(logger: Logger): void {
  logger.warn(
    "this process exports to a collector already, with other settings; those of the first sink otlp hold",
  );
}
