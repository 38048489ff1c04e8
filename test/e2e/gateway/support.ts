/** A gateway on a port of its own in front of a mock of all vendors, and what tests want to know of it afterwards. */

import assert from "node:assert/strict";
import { createGateway, type Gateway, type GatewayOptions } from "../../../src/gateway.ts";
import type { Loom } from "../../../src/index.ts";
import { LOGGER, type Logger } from "../../../src/plugin.ts";
import type { BareOptions } from "../../support/looms.ts";
import { bareLoom } from "../../support/looms.ts";
import { until } from "../../support/server.ts";
import { type MockVendor, startMockVendor } from "../mock-vendor.ts";

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly loom: Loom;
  readonly url: string;
  readonly port: number;
  /** What was logged, one line each. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts a gateway before a Loom of these options. */
export async function startGateway(
  options: BareOptions,
  gatewayOptions: GatewayOptions = {},
  make: (options: BareOptions) => Loom = bareLoom,
): Promise<RunningGateway> {
  const log: string[] = [];
  const { provide = [], ...rest } = options;
  const loom = make({ ...rest, provide: [[LOGGER, keeping(log)], ...provide] });
  const gateway = createGateway(loom, gatewayOptions);
  const { url, port } = await gateway.listen({ port: 0 });
  return {
    gateway,
    loom,
    url,
    port,
    log,
    async close() {
      await gateway.close();
      await loom.close();
    },
  };
}

/** The same in front of the mock that stands in for every bundled vendor. */
export async function startMockedGateway(
  gatewayOptions: GatewayOptions = {},
  options: BareOptions = {},
): Promise<RunningGateway & { readonly vendor: MockVendor }> {
  const vendor = await startMockVendor();
  const running = await startGateway(options, gatewayOptions, (all) => vendor.loom(all));
  return {
    ...running,
    vendor,
    async close() {
      await running.close();
      await vendor.close();
    },
  };
}

function keeping(log: string[]): Logger {
  const keep = (message: string, data?: unknown) => void log.push(`${message} ${JSON.stringify(data) ?? ""}`);
  return { debug: keep, info: keep, warn: keep, error: keep };
}

/** Nothing is under way any more. */
export async function settled({ gateway }: RunningGateway): Promise<void> {
  await until("no request is under way", () => gateway.inFlight === 0);
}

/** What a client throws, which is of this class. */
export async function thrown<T extends Error>(
  kind: abstract new (...args: never[]) => T,
  running: () => Promise<unknown>,
): Promise<T> {
  try {
    await running();
  } catch (error) {
    assert.ok(error instanceof kind, `not a ${kind.name}: ${(error as Error)?.stack ?? String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: `nothing was thrown; expected a ${kind.name}` });
}
