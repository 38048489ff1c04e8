/** Opens files and batches of a gateway: their storage, their endpoints, and the work on what is there from before. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../client/engine.ts";
import { once } from "../../util/once.ts";
import type { CallServices } from "../calls/serve-call.ts";
import { fileEndpoints } from "../files/file-endpoints.ts";
import { openFiles } from "../files/files.ts";
import { lazyStorage, type SharedStorage, type Storage } from "../files/storage.ts";
import type { GatewayOptions } from "../options.ts";
import type { PlainEndpoint } from "../server/gateway-handler.ts";
import { batchEndpoints, type EndpointServices } from "./batch-endpoints.ts";
import { batchTable } from "./batch-table.ts";
import { partTable } from "./part-table.ts";
import { startRunner } from "./runner.ts";
import { Slots } from "./slots.ts";

export interface Keeping {
  readonly endpoints: readonly PlainEndpoint[];
  /** Begins nothing more. */
  drain(): void;
  close(): Promise<void>;
}

/** For a gateway that serves nobody, and so works on nothing. */
export const nothingKept: Keeping = { endpoints: [], drain: () => {}, close: () => Promise.resolve() };

export interface KeepingServices {
  readonly engine: Engine;
  readonly calls: Pick<CallServices, "route" | "binding" | "totalMs">;
  readonly maxBodyBytes: number;
  readonly stalledMs: number;
}

const defaultConcurrency = 8;
const defaultDrainMs = 30_000;

/** Headers of a batch by which its rows are routed and accounted for, beside those that rules ask for. */
const routingHeaders = ["x-loom-provider", "x-loom-tags", "x-loom-cache", "anthropic-beta"];
/** What proves who asks is written down nowhere, whatever a rule asks for. */
const secretHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "cookie",
]);

/**
 * What is there from before is gone on with at once; where nothing is, it opens with the first request that needs it.
 *
 * @param shared in place of a storage of its own, which ends with it
 * @throws LoomError `config-invalid`
 */
export async function openKeeping(
  services: KeepingServices,
  options: GatewayOptions,
  shared?: SharedStorage,
): Promise<Keeping> {
  const { engine, maxBodyBytes, stalledMs } = services;
  const storage = shared ?? lazyStorage(options.dataFile);
  let isUsed = false;
  const opened = once(async () => await open(services, options, await storage.open()));
  const opening = () => {
    isUsed = true;
    return opened();
  };
  if (options.dataFile !== undefined || storage.isUsed) await opening();
  return {
    endpoints: [
      ...fileEndpoints(async () => (await opening()).files, engine.opened.clock, stalledMs),
      ...batchEndpoints(opening, maxBodyBytes),
    ],
    // What cannot be opened has told whoever asked for it.
    drain: () => void (isUsed && opened().then(({ runner }) => runner.drain(), () => {})),
    async close() {
      if (isUsed) await opened().then(({ runner }) => runner.close(), () => {});
      if (shared === undefined) await storage.close();
    },
  };
}

async function open(
  { engine, calls, maxBodyBytes }: KeepingServices,
  { files: fileOptions, batches: { concurrency = defaultConcurrency } = {}, rules = [], server }:
    GatewayOptions,
  { folder, database }: Storage,
): Promise<EndpointServices> {
  const { clock, logger } = engine.opened;
  const files = await openFiles({ folder, database }, clock, fileOptions);
  const batchesFolder = join(folder, "batches");
  await mkdir(batchesFolder, { recursive: true, mode: 0o700 });
  const table = batchTable(database);
  // Ids come from the table alone, never from a request.
  const folderOf = (id: string) => join(batchesFolder, id);
  const runner = startRunner({
    table,
    parts: partTable(database),
    files,
    batches: { engine, calls, maxLineBytes: maxBodyBytes, concurrency, slots: new Slots(concurrency) },
    clock,
    logger,
    keepS: files.keepS,
    drainMs: server?.drainMs ?? defaultDrainMs,
    folder: batchesFolder,
  });
  const ruled = rules.flatMap(({ when }) => Object.keys(when.header ?? {}));
  const headers = [...routingHeaders, ...ruled].filter((name) => !secretHeaders.has(name));
  return {
    files,
    table,
    routingHeaders: headers,
    folderOf,
    nowS: () => Math.floor(clock.now() / 1000),
    runner,
  };
}
