/** `loom serve --workers N`: several processes share the port, and one page shows what all of them count. */

import cluster, { type Worker } from "node:cluster";
import process from "node:process";
import { setImmediate } from "node:timers";
import { loomError } from "../errors/index.ts";
import { loadConfig } from "../gateway/run/load-config.ts";
import { runGateway } from "../gateway/run/run-gateway.ts";
import { departed, mergeSnapshots, type MetricsSnapshot } from "../gateway/metrics/index.ts";
import { systemClock } from "../runtime/clock.ts";
import { hostName } from "../runtime/host.ts";
import { levelledLogger } from "../runtime/console-logger.ts";
import { dashboardPages } from "./admin-pages.ts";
import { print } from "./print.ts";
import type { ServeOptions } from "./serve-options.ts";
import { watchConfig } from "./watch-config.ts";
import { stopSignal } from "./stop-signal.ts";

/** How long a worker may take to say what it has counted; what it said last counts until then. */
const answerMs = 1_000;
/** A worker that ends is replaced; more often than this in a minute, something is wrong that no replacement mends. */
const maxReplacedPerMinute = 10;

/** What the dashboard says: this process, which shows it, serves no call itself. */
const workersNotice =
  "Several workers serve: calls are shown from a sink that all of them write to, such as " +
  "observability: { sinks: [{ type: sqlite, path: loom.db }] }. Breakers and accounts are those of no worker.";

/** What primary and workers tell each other. */
type Message =
  | { readonly type: "count"; readonly number: number }
  | { readonly type: "counted"; readonly number: number; readonly snapshot: MetricsSnapshot }
  | { readonly type: "listening"; readonly url: string }
  | { readonly type: "reload" };

/** The primary: starts the workers, keeps their number, shows the admin side. */
export async function serveWithWorkers(options: ServeOptions, count: number): Promise<void> {
  if (hostName().startsWith("deno")) {
    throw loomError(
      "config-invalid",
      "--workers needs Node; on Deno start several processes behind a proxy",
      {
        path: "--workers",
      },
    );
  }
  const log = levelledLogger("info");
  const { logger } = log;
  const first = await loadConfig(options, logger, { alone: false });
  refuseLonelyLimits(first);
  const workers = new Map<number, MetricsSnapshot | undefined>();
  /** What workers that have ended had counted. */
  let past: Promise<readonly MetricsSnapshot[]> = Promise.resolve([]);
  const restarts: number[] = [];
  let stopping = false;

  const gateway = await runGateway({
    read: () => loadConfig(options, logger, { alone: false }),
    clock: systemClock,
    log,
    admin: options.admin,
    ...(options.admin ? { pages: await dashboardPages([workersNotice]) } : {}),
    others: async () => [...await past, ...await askAll()],
    reloaded: () => {
      for (const worker of Object.values(cluster.workers ?? {})) {
        worker?.send({ type: "reload" } satisfies Message);
      }
    },
  });

  let next = 0;
  function askAll(): Promise<readonly MetricsSnapshot[]> {
    const number = next++;
    const asked = Object.values(cluster.workers ?? {}).filter((one) => one !== undefined);
    return new Promise((resolve) => {
      const missing = new Set(asked.map(({ id }) => id));
      const done = () => {
        stopTimer();
        cluster.off("message", hear);
        resolve([...workers.values()].filter((one) => one !== undefined));
      };
      const hear = ({ id }: Worker, message: Message) => {
        if (message.type !== "counted" || message.number !== number) return;
        workers.set(id, message.snapshot);
        missing.delete(id);
        if (missing.size === 0) done();
      };
      const stopTimer = systemClock.after(answerMs, done, { background: true });
      cluster.on("message", hear);
      for (const worker of asked) worker.send({ type: "count", number } satisfies Message);
      if (missing.size === 0) done();
    });
  }

  cluster.on("exit", (worker, code, signal) => {
    const last = workers.get(worker.id);
    workers.delete(worker.id);
    if (last !== undefined) remember(last);
    if (stopping) return;
    const nowMs = systemClock.monotonic();
    while ((restarts[0] ?? nowMs) < nowMs - 60_000) restarts.shift();
    restarts.push(nowMs);
    logger.error(`worker ${worker.process.pid} ended with ${signal ?? code}`);
    if (restarts.length > maxReplacedPerMinute) {
      logger.error(`workers ended ${restarts.length} times within a minute; stopping`);
      process.exitCode = 70;
      process.kill(process.pid, "SIGTERM");
      return;
    }
    start();
  });

  /** One after the other, so that nobody's counts are lost between two that end at once. */
  function remember(last: MetricsSnapshot): void {
    past = past.then(async (before) => [await mergeSnapshots([...before, departed(last)])]);
  }

  function start(): void {
    const worker = cluster.fork({ LOOM_WORKER: "1" });
    workers.set(worker.id, undefined);
  }

  cluster.on("message", ({ process: { pid } }: Worker, { type }: Message) => {
    if (type === "listening") logger.info(`worker ${pid} is up`);
  });
  const stopped = stopSignal(logger);
  for (let index = 0; index < count; index++) start();
  const url = await firstUrl();
  const admin = gateway.adminUrl === undefined ? "" : `, admin on ${gateway.adminUrl}`;
  const stopWatching = watchConfig(options, gateway, logger);
  const page = gateway.pagesUrl === undefined ? "" : `, dashboard on ${gateway.pagesUrl}`;
  await print(`loom listens on ${url} with ${count} workers${admin}${page}\n`);
  await stopped;
  stopping = true;
  stopWatching();
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGTERM");
  await allGone();
  await gateway.close();
}

/** A worker: serves, and says what it counted when it is asked. */
export async function serveAsWorker(options: ServeOptions): Promise<void> {
  try {
    await work(options);
  } finally {
    // What is left of the channel would keep the process alive, even one that could not start.
    process.disconnect?.();
  }
}

async function work(options: ServeOptions): Promise<void> {
  const log = levelledLogger("info");
  const gateway = await runGateway({
    read: () => loadConfig(options, log.logger, { alone: false }),
    clock: systemClock,
    log,
    admin: false,
    alone: false,
  });
  // The primary has opened the same configuration already, so nothing is wrong with it but what has changed since.
  const reload = () =>
    void gateway.reload().catch((error: Error) => log.logger.error(`not read anew: ${error.message}`));
  const tell = (message: Message) => void process.send?.(message);
  process.on("message", (message: Message) => {
    if (message.type === "reload") return reload();
    if (message.type !== "count") return;
    const { number } = message;
    gateway.metrics.snapshot().then(
      (snapshot) => tell({ type: "counted", number, snapshot }),
      (error: Error) => log.logger.error(`this worker's counts could not be read: ${error.message}`),
    );
  });
  // Without the primary nobody would know of it any more.
  const orphaned = () => void process.kill(process.pid, "SIGTERM");
  process.once("disconnect", orphaned);
  const stopped = stopSignal({ info: () => {} });
  tell({ type: "listening", url: gateway.url ?? "" });
  await stopped;
  await gateway.close();
  process.off("disconnect", orphaned);
}

function firstUrl(): Promise<string> {
  return new Promise((resolve) => {
    const hear = (_: Worker, message: Message) => {
      if (message.type !== "listening") return;
      cluster.off("message", hear);
      resolve(message.url);
    };
    cluster.on("message", hear);
  });
}

function allGone(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (Object.keys(cluster.workers ?? {}).length === 0) resolve();
    };
    // A worker is forgotten when it has both ended and let go of its channel, in either order.
    cluster.on("exit", () => setImmediate(look));
    cluster.on("disconnect", () => setImmediate(look));
    look();
  });
}

/** Limits that each worker counts for itself would let through as many times as much as there are workers. */
function refuseLonelyLimits({ loom, gateway }: Awaited<ReturnType<typeof loadConfig>>): void {
  const shared = loom.store !== undefined &&
    !("type" in loom.store && ["memory", "sqlite"].includes(String(loom.store.type)));
  if (shared || gateway.keys === undefined && loom.limits?.all === undefined) return;
  throw loomError(
    "config-invalid",
    "store: limits with several workers need a store that all of them share, such as { type: redis }",
    { path: "store" },
  );
}
