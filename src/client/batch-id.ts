/** Ids of batches: they say by themselves where a batch is, so that any process can pick it up. */

import type { Modality } from "../contract/call.ts";
import { invalidRequest } from "./invalid-request.ts";
import { modalities } from "../util/modalities.ts";

/** Where a batch is. */
export interface BatchPlace {
  readonly provider: string;
  readonly model: string;
  readonly modality: Modality;
  /** The vendor's id of it. */
  readonly id: string;
  readonly rows: number;
  /** The account it belongs to, where the provider has several: no other sees it. */
  readonly account?: string;
}

const prefix = "loom_batch_";

export function batchId(place: BatchPlace): string {
  return prefix + Buffer.from(JSON.stringify(place), "utf8").toString("base64url");
}

/** @throws LoomError `invalid-request`, when it is no such id */
export function batchPlace(id: string): BatchPlace {
  const place = typeof id === "string" && id.startsWith(prefix) ? parse(id.slice(prefix.length)) : undefined;
  if (place === undefined) {
    throw invalidRequest("id", "is not the id of a batch; give what a handle's `id` was");
  }
  return place;
}

function parse(text: string): BatchPlace | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { provider, model, modality, id, rows, account } = value as Record<string, unknown>;
  if (!isName(provider) || !isName(model) || !isName(id) || !(account === undefined || isName(account))) {
    return undefined;
  }
  // The id becomes part of a path, which must lead nowhere else.
  if (id.split("/").some((piece) => piece === "" || /^\.+$/.test(piece))) return undefined;
  if (!Number.isSafeInteger(rows) || (rows as number) < 1) return undefined;
  const known = modalities.find((one) => one === modality);
  if (known === undefined) return undefined;
  const place = { provider, model, modality: known, id, rows: rows as number };
  return account === undefined ? place : { ...place, account };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
