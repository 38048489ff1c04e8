/** What the admin side answers, route by route. */

import type { Json } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import { contentType, merge, mergeSnapshots, type MetricsSnapshot, statsJson } from "../metrics/index.ts";
import type { Generation } from "../run/generation.ts";
import type { Level } from "../../runtime/console-logger.ts";
import { csv, csvContentType, readUsageQuery, type Usage, usageJson } from "../usage/index.ts";
import type { AdminAnswered, AdminRoute } from "./admin-route.ts";
import { type AdminAnswer, keysApi } from "./keys-api.ts";
import { providerStatus } from "./provider-status.ts";
import { redacted } from "./redacted.ts";

export interface AdminServices {
  /** The configuration at work. */
  current(): Generation;
  /** What every process that serves has counted. */
  snapshots(): Promise<readonly MetricsSnapshot[]>;
  readonly usage: Usage;
  /** Of the lines that are logged; the lowest that shows. */
  readonly logLevel: { get(): Level; set(level: Level): void };
  /** Reads the configuration anew. @throws LoomError, when it is broken */
  reload(): Promise<void>;
}

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

export function adminRoutes(services: AdminServices): readonly AdminRoute[] {
  const { current, usage, logLevel } = services;
  const snapshot = async () => await mergeSnapshots(await services.snapshots());
  const keys = () => keysApi(current().gateway.keys);
  const opened = () => current().gateway.engine.opened;

  return [
    {
      method: "GET",
      path: "/metrics",
      open: true,
      answer: async () => ({
        text: await merge(await services.snapshots()),
        headers: { "content-type": contentType },
      }),
    },
    { method: "GET", path: "/health", open: true, answer: () => ready(current()) },
    { method: "GET", path: "/health/live", open: true, answer: () => ({ json: { status: "ok" } }) },
    { method: "GET", path: "/health/ready", open: true, answer: () => ready(current()) },
    {
      method: "GET",
      path: "/ai/providers",
      answer: async () => {
        const { config, loom, gateway } = current();
        const configured = config.gateway.models?.providers?.map(({ name }) => name) ?? [];
        const accounts = (provider: string) => loom.accounts(provider);
        const { clock } = gateway.engine.opened;
        return json(await providerStatus({ configured, accounts, clock, snapshot: await snapshot() }));
      },
    },
    {
      method: "GET",
      path: "/ai/providers/{id}/accounts",
      answer: async ({ id }) => json({ accounts: await current().loom.accounts(id) }),
    },
    {
      method: "GET",
      path: "/ai/stats",
      answer: async () => json(statsJson(await snapshot(), opened().clock.now())),
    },
    {
      method: "GET",
      path: "/ai/usage",
      async answer({ query }) {
        const question = readUsageQuery(query, opened().clock.now());
        const rows = await usage.query(question.query);
        if (question.as === "json") return { json: usageJson(question.query, rows) };
        return { text: csv(rows, question.query.groupBy), headers: { "content-type": csvContentType } };
      },
    },
    { method: "GET", path: "/ai/keys", answer: () => answered(keys().list()) },
    { method: "POST", path: "/ai/keys", answer: ({ body }) => answered(keys().create(body)) },
    { method: "GET", path: "/ai/keys/{id}", answer: ({ id }) => answered(keys().get(id)) },
    { method: "PATCH", path: "/ai/keys/{id}", answer: ({ id, body }) => answered(keys().update(id, body)) },
    { method: "DELETE", path: "/ai/keys/{id}", answer: ({ id }) => answered(keys().revoke(id)) },
    {
      method: "POST",
      path: "/ai/keys/{id}/rotate",
      answer: ({ id, body }) => answered(keys().rotate(id, body)),
    },
    { method: "GET", path: "/ai/config", answer: () => ({ json: shownConfig(current()) }) },
    {
      method: "POST",
      path: "/ai/config/reload",
      async answer() {
        await services.reload();
        return { json: { status: "reloaded" } };
      },
    },
    {
      method: "DELETE",
      path: "/ai/cache",
      async answer() {
        const { cache } = opened();
        if (cache === undefined) {
          throw loomError("unsupported", "this gateway has no cache", { feature: "cache" });
        }
        await cache.clear();
        return { json: { status: "cleared" } };
      },
    },
    { method: "GET", path: "/ai/log-level", answer: () => ({ json: { level: logLevel.get() } }) },
    {
      method: "PUT",
      path: "/ai/log-level",
      answer({ body }) {
        const given = (body as { readonly level?: unknown } | undefined)?.level;
        const level = levels.find((one) => one === given);
        if (level === undefined) {
          throw loomError("invalid-request", `level must be one of ${levels.join(", ")}`, { path: "level" });
        }
        logLevel.set(level);
        return { json: { level } };
      },
    },
  ];
}

/** Services put in place by the program itself are no configuration. */
function shownConfig({ config: { loom: { provide: _, ...loom }, gateway } }: Generation): Json {
  return redacted({ loom, gateway });
}

function ready({ gateway }: Generation): AdminAnswered {
  return gateway.ready
    ? { json: { status: "ok" } }
    : { status: 503, json: { status: "stopping" }, headers: { "retry-after": "1" } };
}

function answered({ status, json }: AdminAnswer): AdminAnswered {
  return { status, json };
}

/** Through JSON, which leaves out what is `undefined`. */
function json(value: object): AdminAnswered {
  return { json: JSON.parse(JSON.stringify(value)) as Json };
}
