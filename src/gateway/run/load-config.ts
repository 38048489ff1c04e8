/** The configuration of `loom serve`: a file, or what the environment holds, with the command line's words on top. */

import type { Logger } from "../../contract/index.ts";
import { LOGGER } from "../../plugin.ts";
import { processEnvironment } from "../../runtime/environment.ts";
import type { AdminOptions, ServerOptions } from "../options.ts";
import type { GatewayConfig } from "./generation.ts";

/** What the command line says. */
export interface ConfigOverrides {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly adminPort?: number;
}

export interface LoadOptions {
  /** Whether this process alone serves, so that it may have a file of limits to itself. Default true. */
  readonly alone?: boolean;
}

/** @throws LoomError `config-invalid`, naming file, line and path */
export async function loadConfig(
  { config: file, host, port, adminPort }: ConfigOverrides,
  logger: Logger,
  { alone = true }: LoadOptions = {},
): Promise<GatewayConfig> {
  const read: GatewayConfig = file === undefined
    ? { loom: {}, gateway: {} }
    : await (await import("../config/read-config.ts")).readGatewayConfig(file, processEnvironment());
  const server: ServerOptions = {
    ...read.gateway.server,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
  const admin: AdminOptions = {
    ...read.gateway.admin,
    ...(adminPort === undefined ? {} : { port: adminPort }),
  };
  return {
    // Keys may be made at any time, and their limits hold from the first.
    loom: {
      limits: {},
      ...(alone ? storeOf(read) : {}),
      ...read.loom,
      provide: [[LOGGER, logger], ...read.loom.provide ?? []],
    },
    gateway: { ...read.gateway, server, admin },
  };
}

/** Limits survive a restart wherever anything does: beside the data file, in one of their own, which one process has to itself. */
function storeOf({ gateway: { dataFile } }: GatewayConfig): Pick<GatewayConfig["loom"], "store"> {
  if (dataFile === undefined) return {};
  return { store: { type: "sqlite", path: dataFile.replace(/(\.[^./\\]+)?$/, "-limits$1") } };
}
