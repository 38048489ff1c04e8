/** The gateway as a program: listens, shows its admin side, takes a new configuration without dropping a request. */

import type { Clock } from "../../contract/index.ts";
import { loomError, toLoomError } from "../../errors/index.ts";
import { adminHandler } from "../admin/admin-handler.ts";
import { type AdminPages, type MakeAdminPages, pagesPath } from "../admin/admin-pages.ts";
import { createMetrics, type Metrics, type MetricsSnapshot } from "../metrics/index.ts";
import type { LevelledLogger } from "../../runtime/console-logger.ts";
import type { Observed } from "../observed.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { listen, type Listening } from "../server/listen.ts";
import { lazyStorage, noStorage } from "../files/storage.ts";
import { createUsage, type Usage } from "../usage/index.ts";
import { memoryStore } from "../keys/managed-row.ts";
import type { SharedParts } from "../open-gateway.ts";
import { attach } from "./attach.ts";
import { keepCalls, type KeptCalls } from "./kept-calls.ts";
import { type GatewayConfig, type Generation, openGeneration } from "./generation.ts";

export interface RunSettings {
  /** Reads the configuration; called again for each reload. */
  read(): Promise<GatewayConfig>;
  readonly clock: Clock;
  readonly log: LevelledLogger;
  /** `false`: another process shows the admin side. */
  readonly admin?: boolean;
  /** `false`: other processes serve the same port, so that nothing is taken that only this one would have. */
  readonly alone?: boolean;
  /** Counts of other processes, whose calls this one's admin side shows too; then nothing is served here. */
  readonly others?: () => Promise<readonly MetricsSnapshot[]>;
  /** Pages beside the admin side's own answers, under `/loom-admin`. */
  readonly pages?: MakeAdminPages;
  /** Told after each new configuration. */
  readonly reloaded?: () => void;
}

export interface RunningGateway {
  /** Absent where only the admin side is shown. */
  readonly url: string | undefined;
  readonly adminUrl: string | undefined;
  /** Of the page; absent where there is none. */
  readonly pagesUrl: string | undefined;
  readonly metrics: Metrics;
  readonly usage: Usage;
  /** The configuration at work. */
  readonly generation: Generation;
  /**
   * Reads the configuration anew. Requests under way end as they began; new ones find the new one.
   * @throws LoomError, when it is broken; then the old one stays. Ports, certificates and the data file stay as they are
   */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const defaultPort = 8080;
const defaultAdminPort = 9091;
const defaultDrainMs = 30_000;

/** @throws LoomError `config-invalid`, `plugin-invalid`; nothing is left open then */
export async function runGateway(
  { read, clock, log, admin = true, alone = true, others, pages: makePages, reloaded }: RunSettings,
): Promise<RunningGateway> {
  const { logger } = log;
  const config = await read();
  const paged = makePages !== undefined && admin && config.gateway.admin?.enabled !== false;
  // Where other processes serve, there is nothing here to be kept.
  const kept: KeptCalls | undefined = paged && others === undefined ? await keepCalls(logger) : undefined;
  const metrics = createMetrics({ clock });
  const { dataFile } = config.gateway;
  const usage = createUsage({ clock, ...(dataFile === undefined ? {} : { file: dataFile }) });
  const observed: Observed = {
    came: () => metrics.inFlight.up(),
    left: () => metrics.inFlight.down(),
    answered: (format, overheadMs) => metrics.overhead(format, overheadMs),
    refused: (format, status, code) => metrics.refused({ format, status }, code),
  };
  const storage = alone ? lazyStorage(undefined) : noStorage();
  const shared: SharedParts = {
    observed,
    idle: others !== undefined,
    ...(dataFile === undefined ? { managedKeys: memoryStore(), storage } : {}),
  };
  const counting = new Map<Generation, () => void>();
  let pages: AdminPages | undefined;
  let current = await begin(config).catch(async (error) => {
    await kept?.close();
    await storage.close();
    await usage.close();
    throw error;
  });
  const retiring = new Set<Promise<void>>();
  const servers: Listening[] = [];
  let main: Listening | undefined;
  let side: Listening | undefined;
  let closing: Promise<void> | undefined;
  let reloading: Promise<void> = Promise.resolve();

  const handle = (exchange: HttpExchange) => current.gateway.handle(exchange);
  const listenAll = async () => {
    const { server = {}, admin: adminOptions = {} } = config.gateway;
    if (others === undefined) servers.push(main = await listen(handle, server, defaultPort));
    if (!admin || adminOptions.enabled === false) return;
    const { host = "127.0.0.1", key } = adminOptions;
    if (key === undefined && !isLoopback(host)) {
      throw loomError("config-invalid", `admin.host is ${host}, so admin.key is required`, {
        path: "admin.key",
      });
    }
    pages = makePages?.({
      loom: () => current.loom,
      history: () => current.gateway.engine.opened.sinks.history ?? kept?.history,
      providers: () => current.config.gateway.models?.providers?.map(({ name }) => name) ?? [],
      path: pagesPath,
      key,
    });
    const show = adminHandler(
      {
        current: () => current,
        snapshots: async () => others === undefined ? [await metrics.snapshot()] : await others(),
        usage,
        logLevel: { get: () => log.level, set: (level) => void (log.level = level) },
        reload,
      },
      adminOptions,
      pages,
    );
    servers.push(
      side = await listen(show, { host, port: adminOptions.port ?? defaultAdminPort }, defaultAdminPort),
    );
  };
  await listenAll().catch(async (error) => {
    await close();
    throw error;
  });

  /** A generation is counted until its last request has ended. */
  async function begin(next: GatewayConfig, before?: Generation): Promise<Generation> {
    const generation = await openGeneration(next, shared, before?.store);
    const stops = [
      attach(generation, metrics, usage),
      ...kept === undefined ? [] : [kept.attach(generation)],
    ];
    counting.set(generation, () => stops.forEach((stop) => stop()));
    return generation;
  }

  function stopCounting(generation: Generation): void {
    counting.get(generation)?.();
    counting.delete(generation);
  }

  /** One at a time, so that the last one asked for is the one that stays. */
  function reload(): Promise<void> {
    const next = reloading.then(async () => {
      if (closing !== undefined) throw loomError("closed", "the gateway is stopping", {});
      const old = current;
      current = await begin(await read(), old);
      retire(old);
      reloaded?.();
    });
    reloading = next.catch(() => {});
    return next;
  }

  function retire(old: Generation): void {
    const drainMs = old.config.gateway.server?.drainMs ?? defaultDrainMs;
    const done = old.retire(drainMs).then(
      () => old.store === current.store ? undefined : old.store.close(),
      (error) => logger.error("an old configuration would not end", toLoomError(error, "reload").message),
    ).finally(() => {
      stopCounting(old);
      retiring.delete(done);
    });
    retiring.add(done);
  }

  async function close(): Promise<void> {
    const drainMs = current.config.gateway.server?.drainMs ?? defaultDrainMs;
    await reloading;
    current.gateway.drain();
    pages?.close();
    await Promise.all(servers.map((server) => server.close(drainMs)));
    await Promise.all(retiring);
    await current.retire(drainMs);
    stopCounting(current);
    await current.loom.close();
    await current.store.close();
    await kept?.close();
    await storage.close();
    await usage.close();
  }

  return {
    url: main?.url,
    adminUrl: side?.url,
    pagesUrl: side === undefined || pages === undefined ? undefined : `${side.url}${pagesPath}/`,
    metrics,
    usage,
    get generation() {
      return current;
    },
    reload,
    close: () => closing ??= close(),
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
