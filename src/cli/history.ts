/** The file of the sink `sqlite`, opened for reading alone: what the commands about the past have in common. */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { CallDimension, CallFilter, CallHistory } from "../contract/history.ts";
import { Loom } from "../client/loom.ts";
import { loomError } from "../errors/index.ts";
import { nearest } from "../util/nearest.ts";

export interface HistoryFlags {
  readonly file: string;
  readonly filter?: readonly string[];
}

export interface OpenedHistory {
  readonly history: CallHistory;
  readonly loom: Loom;
  [Symbol.asyncDispose](): Promise<void>;
}

export function historyFlags(command: Command): Command {
  return command
    .option("-f, --file <path>", "the file of the sink sqlite", "loom.db")
    .option(
      "--filter <name=value...>",
      `only these calls, by ${dimensions.join(", ")}; several values with commas`,
    );
}

/** @throws LoomError `file-unreadable` */
export async function openHistory(file: string): Promise<OpenedHistory> {
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw loomError(
      "file-unreadable",
      `there is no file ${path}; --file wants that of the sink sqlite, as in sinks: [{ type: sqlite, path: loom.db }]`,
      { file: path },
    );
  }
  const loom = new Loom({ sinks: [{ type: "sqlite", path, readOnly: true }], pluginFolder: false });
  try {
    const history = await loom.history();
    if (history === undefined) throw new TypeError("the sink sqlite has no history");
    return { history, loom, [Symbol.asyncDispose]: () => loom.close() };
  } catch (error) {
    await loom.close();
    throw error;
  }
}

export const dimensions: readonly CallDimension[] = [
  "provider",
  "model",
  "status",
  "error",
  "team",
  "user",
  "key",
  "tag",
  "account",
  "modality",
  "cache",
];

/** @throws LoomError `invalid-request` */
export function filterOf(given: readonly string[] = []): CallFilter {
  const filter: Partial<Record<CallDimension, string[]>> = {};
  for (const one of given) {
    const at = one.indexOf("=");
    if (at < 1) throw wrong("filter", `--filter wants name=value, not "${one}"`);
    const dimension = dimensionOf("filter", one.slice(0, at));
    (filter[dimension] ??= []).push(...one.slice(at + 1).split(","));
  }
  return filter;
}

/** @throws LoomError `invalid-request` */
export function dimensionOf(flag: string, given: string): CallDimension {
  const dimension = dimensions.find((one) => one === given);
  if (dimension !== undefined) return dimension;
  const [near] = nearest(given, dimensions, 1);
  const help = near === undefined ? `known are ${dimensions.join(", ")}` : `did you mean ${near}?`;
  throw wrong(flag, `--${flag}: calls have no "${given}"; ${help}`);
}

export function wrong(path: string, message: string): Error {
  return loomError("invalid-request", message, { path });
}
