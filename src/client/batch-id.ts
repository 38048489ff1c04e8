/** Ids of batches: they say by themselves where a batch is, so that any process can pick it up. */

import { deflateRawSync, inflateRawSync } from "node:zlib";
import { loomError } from "../errors/index.ts";
import { modalities } from "../util/modalities.ts";
import { type BatchMap, type BatchPlace, partsOf, runsOf, simpleMap } from "./batch-map.ts";
import { invalidRequest } from "./invalid-request.ts";

/** Of one vendor's batch: JSON. Of several: deflated JSON. */
const prefix = "loom_batch_";
const severalPrefix = "loom_batches_";
/** Of a batch that this process asks row by row. */
export const livePrefix = "loom_live_";
/** Rows in no order at all would need more than this to say whose they are; then the vendors' answers alone say it. */
const maxRunsBytes = 48_000;
/** More parts than any list has that fits into memory. */
const maxPlaces = 10_000;
/** What an id may unfold to. */
const maxJsonBytes = 64_000_000;

export function batchId(map: BatchMap): string {
  const { places, rows } = map;
  const [only] = places;
  if (only !== undefined && places.length === 1 && only.rows === rows) {
    return prefix + Buffer.from(JSON.stringify(only), "utf8").toString("base64url");
  }
  const runs = map.partOf === undefined ? Buffer.alloc(0) : folded(runsOf(map.partOf));
  const said = runs.length === 0 || runs.length > maxRunsBytes ? {} : { runs: runs.toString("base64url") };
  return severalPrefix + folded({ rows, places, ...said }).toString("base64url");
}

/** @throws LoomError `invalid-request`, when it is no such id; `unsupported`, when nobody else can pick it up */
export function batchMap(id: string): BatchMap {
  if (typeof id === "string" && id.startsWith(livePrefix)) {
    const message =
      "a batch of mode live cannot be picked up: its rows are asked by the process that made it";
    throw loomError("unsupported", `${message}; keep its handle`, { feature: "picking up live batches" });
  }
  const map = typeof id === "string" ? read(id) : undefined;
  if (map === undefined) {
    throw invalidRequest("id", "is not the id of a batch; give what a handle's `id` was");
  }
  return map;
}

function read(id: string): BatchMap | undefined {
  try {
    if (id.startsWith(prefix)) {
      const place = placeOf(JSON.parse(Buffer.from(id.slice(prefix.length), "base64url").toString("utf8")));
      return place === undefined ? undefined : simpleMap(place);
    }
    return id.startsWith(severalPrefix) ? several(unfolded(id.slice(severalPrefix.length))) : undefined;
  } catch (error) {
    // What is not JSON, and what was not deflated.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function several(value: unknown): BatchMap | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { rows, places: given, runs } = value as Record<string, unknown>;
  if (!isCount(rows) || !Array.isArray(given) || given.length < 1 || given.length > maxPlaces) {
    return undefined;
  }
  const places = given.flatMap((one) => placeOf(one) ?? []);
  if (places.length !== given.length) return undefined;
  if (runs === undefined) return { rows, places };
  if (typeof runs !== "string") return undefined;
  const partOf = partsOf(unfolded(runs), rows, places.length);
  return partOf === undefined ? undefined : { rows, places, partOf };
}

function placeOf(value: unknown): BatchPlace | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { provider, model, modality, id, rows, account, label } = value as Record<string, unknown>;
  if (!isName(provider) || !isName(model) || !isName(id) || !isCount(rows)) return undefined;
  if (account !== undefined && !isName(account) || label !== undefined && !isName(label)) return undefined;
  // The id becomes part of a path, which must lead nowhere else.
  if (id.split("/").some((piece) => piece === "" || /^\.+$/.test(piece))) return undefined;
  const known = modalities.find((one) => one === modality);
  if (known === undefined) return undefined;
  const place = { provider, model, modality: known, id, rows };
  return { ...place, ...account === undefined ? {} : { account }, ...label === undefined ? {} : { label } };
}

function folded(value: unknown): Buffer {
  return deflateRawSync(JSON.stringify(value));
}

function unfolded(text: string): unknown {
  const json = inflateRawSync(Buffer.from(text, "base64url"), { maxOutputLength: maxJsonBytes });
  return JSON.parse(json.toString("utf8"));
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
