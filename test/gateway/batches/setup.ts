/** A gateway with two tenants on a port of its own, and OpenAI's client for each. */

import OpenAI from "openai";
import { createGateway, type GatewayOptions } from "../../../src/gateway.ts";
import type { CallRecord } from "../../../src/contract/index.ts";
import type { Loom, LoomOptions } from "../../../src/index.ts";
import { CLOCK, LOGGER } from "../../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../../src/testing/fake-clock.ts";
import { bareLoom } from "../../support/looms.ts";

export interface Scene {
  readonly url: string;
  readonly loom: Loom;
  readonly clock: FakeClock;
  /** The key `red`, without a team. */
  readonly red: OpenAI;
  /** The keys `blue` and `navy`, of one team. */
  readonly blue: OpenAI;
  readonly navy: OpenAI;
  /** Calls and rows as sinks see them. */
  readonly records: readonly CallRecord[];
  readonly log: readonly string[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SceneOptions {
  readonly gateway?: GatewayOptions;
  readonly loom?: LoomOptions;
  readonly clock?: FakeClock;
}

const secrets = {
  red: "red-key-0123456789abcdef",
  blue: "blue-key-0123456789abcd",
  navy: "navy-key-0123456789abcd",
};

/** The clock runs ahead of the sockets, which must not be taken for slow. */
const patientMs = 10 * 86_400_000;

export async function openScene(
  { gateway: own = {}, loom: ownLoom = {}, clock = fakeClock() }: SceneOptions = {},
): Promise<Scene> {
  const log: string[] = [];
  const line = (message: string, data?: unknown) => void log.push(`${message} ${JSON.stringify(data) ?? ""}`);
  const logger = { debug: line, info: line, warn: line, error: line };
  const records: CallRecord[] = [];
  const loom = bareLoom({
    limits: {},
    timeouts: { totalMs: patientMs, connectMs: patientMs, firstPartMs: patientMs, idleMs: patientMs },
    ...ownLoom,
    provide: [[CLOCK, clock], [LOGGER, logger], ...ownLoom.provide ?? []],
  });
  loom.on("call-end", (record) => void records.push(record));
  const keys = {
    list: [
      { id: "red", key: secrets.red },
      { id: "blue", key: secrets.blue, team: "sea" },
      { id: "navy", key: secrets.navy, team: "sea" },
      ...own.keys?.list ?? [],
    ],
  };
  const gateway = createGateway(loom, { ...own, keys, server: { drainMs: 0, ...own.server } });
  const { url } = await gateway.listen({ port: 0 });
  const client = (apiKey: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  let closing: Promise<void> | undefined;
  const close = () => closing ??= gateway.close().then(() => loom.close());
  return {
    url,
    loom,
    clock,
    red: client(secrets.red),
    blue: client(secrets.blue),
    navy: client(secrets.navy),
    records,
    log,
    close,
    [Symbol.asyncDispose]: close,
  };
}

export function clientFor(url: string, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}
