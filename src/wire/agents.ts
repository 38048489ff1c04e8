/** undici's connection pools, loaded with the first call and shared by everything one Loom sends. */

import type { Agent } from "undici";
import { closedFault } from "./faults.ts";

/** Pools by connect deadline: undici fixes that when a pool is made. */
export class Agents {
  readonly #byConnectMs = new Map<number, Agent>();
  #Agent: typeof Agent | undefined;
  #loading: Promise<void> | undefined;
  #closed = false;

  /** The agent for a connect deadline; a promise only until undici is loaded. @throws LoomError `closed` */
  get(connectMs: number): Agent | Promise<Agent> {
    const known = this.#byConnectMs.get(connectMs);
    if (known !== undefined) return known;
    return this.#Agent === undefined ? this.#load(connectMs) : this.#make(connectMs);
  }

  async #load(connectMs: number): Promise<Agent> {
    this.#loading ??= import("undici").then((undici) => void (this.#Agent = undici.Agent));
    await this.#loading;
    return this.#byConnectMs.get(connectMs) ?? this.#make(connectMs);
  }

  #make(connectMs: number): Agent {
    if (this.#closed) throw closedFault();
    const Constructor = this.#Agent as typeof Agent;
    // Loom keeps its own deadlines; undici's would cut a model that thinks for ten minutes.
    const agent = new Constructor({
      connect: { timeout: connectMs },
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
    });
    this.#byConnectMs.set(connectMs, agent);
    return agent;
  }

  /** Drops all connections, those in use included, and makes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    const agents = [...this.#byConnectMs.values()];
    this.#byConnectMs.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }
}
