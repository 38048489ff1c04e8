/** A gateway as `loom serve` runs it, on free ports and in this process, for tests. */

import type { Logger } from "../../src/plugin.ts";
import { ENVIRONMENT, LOGGER } from "../../src/plugin.ts";
import type { GatewayConfig } from "../../src/gateway/run/generation.ts";
import { runGateway, type RunningGateway, type RunSettings } from "../../src/gateway/run/run-gateway.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";

export interface TestGateway extends RunningGateway {
  /** Everything that was logged. */
  readonly logged: string[];
  /** What the next reload reads. */
  config: GatewayConfig;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  admin(path: string, init?: RequestInit): Promise<Response>;
}

export async function startGateway(
  config: GatewayConfig,
  more: Pick<RunSettings, "pages"> = {},
): Promise<TestGateway> {
  const logged: string[] = [];
  const line = (message: string, data?: unknown) =>
    void logged.push(`${message} ${JSON.stringify(data) ?? ""}`);
  const logger: Logger = { debug: line, info: line, warn: line, error: line };
  const holder = { config };
  const read = (): Promise<GatewayConfig> => {
    const { loom, gateway } = holder.config;
    return Promise.resolve({
      loom: {
        pluginFolder: false,
        limits: {},
        ...loom,
        provide: [[ENVIRONMENT, fixedEnvironment({})], [LOGGER, logger], ...loom.provide ?? []],
      },
      gateway: { ...gateway, server: { port: 0, ...gateway.server }, admin: { port: 0, ...gateway.admin } },
    });
  };
  const running = await runGateway({ read, clock: systemClock, log: { logger, level: "info" }, ...more });
  const post = (path: string, body: unknown, headers = {}) =>
    fetch(running.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    ...running,
    get generation() {
      return running.generation;
    },
    get config() {
      return holder.config;
    },
    set config(next) {
      holder.config = next;
    },
    logged,
    post,
    admin: (path, init) => fetch(running.adminUrl + path, init),
  };
}
