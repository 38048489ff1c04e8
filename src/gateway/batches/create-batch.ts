/** Takes a new batch: its file is set aside, so that it is what it was though the file be deleted. */

import { copyFile, link, mkdir, rm } from "node:fs/promises";
import type { JsonObject } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { Files } from "../files/files.ts";
import { tenantOf } from "../files/tenant.ts";
import { invalid } from "../formats/field-checks.ts";
import type { Headed } from "../http/exchange.ts";
import type { Principal } from "../options.ts";
import type { StoredBatch } from "./batch.ts";
import type { BatchTable } from "./batch-table.ts";
import { readOrder, windowS } from "./read-order.ts";
import { inputPath } from "./run-batch.ts";

export interface CreateServices {
  readonly files: Files;
  readonly table: BatchTable;
  /** Headers by which calls are routed. */
  readonly routingHeaders: readonly string[];
  folderOf(batch: string): string;
  nowS(): number;
}

const longestKey = 255;

/** @throws LoomError `invalid-request` */
export async function createBatch(
  body: JsonObject,
  exchange: Headed,
  principal: Principal,
  { files, table, routingHeaders, folderOf, nowS }: CreateServices,
): Promise<StoredBatch> {
  const tenant = tenantOf(principal);
  const order = readOrder(body);
  const idempotencyKey = exchange.header("idempotency-key");
  if (idempotencyKey !== undefined && idempotencyKey.length > longestKey) {
    throw invalid("idempotency-key", `may have ${longestKey} characters at most`);
  }
  const input = files.find(tenant, order.inputFileId);
  if (input.purpose !== "batch") throw invalid("input_file_id", "must be a file of the purpose batch");
  const id = `batch_${crypto.randomUUID().replaceAll("-", "")}`;
  const folder = folderOf(id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const from = files.pathOf(input.id);
    await link(from, inputPath(folder)).catch(() => copyFile(from, inputPath(folder)));
    const createdAtS = nowS();
    const made = table.add({
      id,
      tenant,
      order: { ...order, principal, headers: headersOf(exchange, routingHeaders) },
      idempotencyKey,
      createdAtS,
      expiresAtS: createdAtS + windowS,
    });
    if (made.id !== id) {
      await rm(folder, { recursive: true, force: true });
      refuseOther(made, order);
    }
    return made;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A key that comes again with another order is a mistake of whoever made it. */
function refuseOther({ order: before }: StoredBatch, order: ReturnType<typeof readOrder>): void {
  const { principal: _, headers: __, ...was } = before;
  if (JSON.stringify(was) === JSON.stringify(order)) return;
  throw loomError("invalid-request", "idempotency-key: was used before, for another batch", {
    path: "idempotency-key",
  }, { status: 409 });
}

function headersOf(exchange: Headed, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = exchange.header(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
