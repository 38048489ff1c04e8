/** Opens a gateway: everything that requests need, made once, behind one function that answers them. */

import type { Engine } from "../client/engine.ts";
import type { Loom } from "../client/loom.ts";
import { loomError } from "../errors/index.ts";
import { inboundTraces, type WithinTrace } from "./calls/inbound-trace.ts";
import { statefulFields } from "./formats/stateful-fields.ts";
import { refuseStrangers } from "./server/strangers.ts";
import type { HttpExchange } from "./http/exchange.ts";
import type { Observed } from "./observed.ts";
import { createKeys, type Keyring } from "./keys/keyring.ts";
import type { ManagedStore } from "./keys/managed-row.ts";
import { nothingKept, openKeeping } from "./batches/open-batches.ts";
import type { SharedStorage } from "./files/storage.ts";
import { createModelNames } from "./models/names.ts";
import { createRoute } from "./models/route.ts";
import type { GatewayOptions, KeysOptions, ModelOptions, Principal } from "./options.ts";
import { corsOf } from "./server/cors.ts";
import { createHandler, type Handler, type HandlerServices } from "./server/gateway-handler.ts";
import { servedPaths } from "./server/paths.ts";
import { plainEndpoints } from "./server/plain-endpoints.ts";

export interface OpenGateway {
  readonly handle: Handler;
  readonly engine: Engine;
  readonly keys: Keyring;
  readonly inFlight: number;
  /** Whether new requests are taken. */
  readonly ready: boolean;
  /** Takes no new requests from now on. */
  drain(): void;
  /** Lets go of what it holds beside the Loom. */
  close(): Promise<void>;
}

/** What outlives one configuration. */
export interface SharedParts {
  readonly observed?: Observed;
  /** Keys that were made while the gateway runs, where no file keeps them. */
  readonly managedKeys?: ManagedStore;
  /** Files and batches, where no file keeps them. */
  readonly storage?: SharedStorage;
  /** It serves nobody, so that it works on no batches either. */
  readonly idle?: boolean;
}

const defaultBodyBytes = 32 * 1024 * 1024;

/** @throws LoomError `config-invalid`, `plugin-invalid` */
export async function openGateway(
  loom: Loom,
  options: GatewayOptions,
  { observed, managedKeys, storage, idle = false }: SharedParts = {},
): Promise<OpenGateway> {
  const engine = await loom.engine();
  const { clock, logger } = engine.opened;
  const keys = await createKeys(options.keys, {
    clock,
    logger,
    ...(options.dataFile === undefined ? {} : { file: options.dataFile }),
    ...(managedKeys === undefined ? {} : { store: managedKeys }),
  });
  refuseUnknownProviders(engine, options.models);
  refuseIdleLimits(engine, options.keys);
  let ready = true;
  const withinTrace = await inboundTraces(engine.opened.traced);
  const base = servicesOf(engine, keys, options, () => ready, observed, withinTrace);
  const { maxBodyBytes, calls } = base;
  const { stalledClientMs: stalledMs } = calls.streaming;
  const keeping = idle
    ? nothingKept
    : await openKeeping({ engine, calls, maxBodyBytes, stalledMs }, options, storage).catch((error) => {
      keys.close();
      throw error;
    });
  const services = { ...base, plain: [...base.plain, ...keeping.endpoints] };
  return {
    handle: createHandler(services),
    engine,
    keys,
    get inFlight() {
      return services.inFlight;
    },
    get ready() {
      return ready;
    },
    drain() {
      ready = false;
      keeping.drain();
    },
    async close() {
      await keeping.close();
      keys.close();
    },
  };
}

function refuseUnknownProviders({ opened: { providers } }: Engine, models: ModelOptions | undefined): void {
  for (const [index, { name }] of (models?.providers ?? []).entries()) {
    if (providers.known(name)) continue;
    const path = `models.providers[${index}]`;
    const message =
      `${path}: there is no provider "${name}"; say with type which one it is, or add a manifest`;
    throw loomError("config-invalid", message, { path });
  }
}

/** Limits that nobody would hold are worse than none. */
function refuseIdleLimits({ order }: Engine, keys: KeysOptions | undefined): void {
  if (keys === undefined || order.some(({ stage }) => stage === "limit")) return;
  throw loomError(
    "config-invalid",
    "keys are configured, but this Loom holds no limits; make it with new Loom({ limits: {} })",
    { path: "limits" },
  );
}

function servicesOf(
  engine: Engine,
  keys: Keyring,
  options: GatewayOptions,
  ready: () => boolean,
  observed: Observed | undefined,
  withinTrace: WithinTrace | undefined,
): HandlerServices {
  const { server = {}, streaming = {} } = options;
  const { clock } = engine.opened;
  const names = createModelNames(engine, options.models);
  const route = createRoute(names, options.rules);
  const maxBodyBytes = server.maxBodyBytes ?? defaultBodyBytes;
  const cors = corsOf(server.cors);
  return {
    calls: {
      engine,
      totalMs: engine.opened.totalMs,
      ...(observed === undefined ? {} : { observed }),
      ...(withinTrace === undefined ? {} : { withinTrace }),
      binding: statefulFields,
      streaming: {
        enabled: streaming.enabled ?? true,
        flushIntervalMs: streaming.flushIntervalMs ?? 0,
        heartbeatMs: streaming.heartbeatMs ?? 15_000,
        stalledClientMs: server.stalledClientMs ?? 60_000,
      },
      route,
    },
    paths: servedPaths(server.paths),
    plain: plainEndpoints({ engine, names, models: options.models, maxBodyBytes, route, ready }),
    maxBodyBytes,
    maxInFlight: server.maxInFlight ?? 10_000,
    ready,
    ...(observed === undefined ? {} : { observed }),
    inFlight: 0,
    principal: (exchange) => principalOf(exchange, keys, server.cors),
    ...(cors === undefined ? {} : { cors }),
    now: () => clock.monotonic(),
  };
}

function principalOf(
  exchange: HttpExchange,
  keys: Keyring,
  origins: readonly string[] | undefined,
): Principal | Promise<Principal> {
  if (keys.open && exchange.fromLoopback) refuseStrangers(exchange, origins);
  else if (keys.open) {
    throw loomError(
      "auth-rejected",
      "this gateway has no keys, so it serves its own machine alone; configure keys to be called from elsewhere",
      {},
      { status: 403 },
    );
  }
  return keys.find({
    authorization: exchange.header("authorization"),
    "x-api-key": exchange.header("x-api-key"),
    "api-key": exchange.header("api-key"),
  });
}
