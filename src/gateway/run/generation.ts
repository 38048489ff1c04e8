/** One configuration at work: a Loom and its gateway, from the moment it is read until its last request has ended. */

import { Loom } from "../../client/loom.ts";
import type { LoomOptions } from "../../client/options.ts";
import type { Store } from "../../contract/index.ts";
import { type OpenGateway, openGateway, type SharedParts } from "../open-gateway.ts";
import type { GatewayOptions } from "../options.ts";

export interface GatewayConfig {
  readonly loom: LoomOptions;
  readonly gateway: GatewayOptions;
}

export interface Generation {
  readonly config: GatewayConfig;
  readonly loom: Loom;
  readonly gateway: OpenGateway;
  /** What limits are counted in, for the next generation to go on with. */
  readonly store: SharedStore;
  /** Takes nothing new, waits for what is under way, and lets go of all but the store. */
  retire(drainMs: number): Promise<void>;
}

/** A store that outlives the Looms that use it, so that a new configuration forgets no limit. */
export interface SharedStore {
  /** How it was asked for. */
  readonly wanted: string;
  readonly store: Store;
  close(): Promise<void>;
}

/** Between two looks at whether the last request has ended. */
const lookMs = 50;

/**
 * @param before the store of the configuration before, which is used on where the new one asks for the same
 * @throws LoomError `config-invalid`, `plugin-invalid`; nothing is left open then
 */
export async function openGeneration(
  config: GatewayConfig,
  shared: SharedParts,
  before?: SharedStore,
): Promise<Generation> {
  const wanted = JSON.stringify(config.loom.store ?? null);
  const kept = before?.wanted === wanted ? before : undefined;
  const loom = new Loom(kept === undefined ? config.loom : { ...config.loom, store: borrowed(kept.store) });
  try {
    const gateway = await openGateway(loom, config.gateway, shared);
    const store = kept ?? { wanted, store: gateway.engine.opened.store, close: () => loom.close() };
    const retire = async (drainMs: number): Promise<void> => {
      gateway.drain();
      await emptied(gateway, drainMs);
      await gateway.close();
      await loom.flush();
      // Whoever made the store keeps it open for those who come after.
      if (kept !== undefined) await loom.close();
    };
    return { config, loom, gateway, store, retire };
  } catch (error) {
    await loom.close();
    throw error;
  }
}

function borrowed(store: Store): Store {
  const { get, set, add, hold, settle } = store;
  return {
    get: get.bind(store),
    set: set.bind(store),
    add: add.bind(store),
    delete: store.delete.bind(store),
    hold: hold.bind(store),
    settle: settle.bind(store),
  };
}

function emptied(gateway: OpenGateway, drainMs: number): Promise<void> {
  const { clock } = gateway.engine.opened;
  const untilMs = clock.monotonic() + drainMs;
  return new Promise((resolve) => {
    const look = () => {
      if (gateway.inFlight === 0 || clock.monotonic() >= untilMs) resolve();
      else clock.after(lookMs, look);
    };
    look();
  });
}
