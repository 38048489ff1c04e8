/** `/v1/batches`, in OpenAI's shapes. */

import { loomError } from "../../errors/index.ts";
import { readBody } from "../calls/request-body.ts";
import { pageOf, readPage } from "../files/page.ts";
import { tenantOf } from "../files/tenant.ts";
import type { Principal } from "../options.ts";
import type { Answered, PlainEndpoint } from "../server/gateway-handler.ts";
import { batchObject, isOver, type StoredBatch } from "./batch.ts";
import { createBatch, type CreateServices } from "./create-batch.ts";
import type { Runner } from "./runner.ts";

export interface EndpointServices extends CreateServices {
  readonly runner: Runner;
}

const usuallyListed = 20;
const mostListed = 100;

export function batchEndpoints(
  services: () => Promise<EndpointServices>,
  maxBodyBytes: number,
): readonly PlainEndpoint[] {
  return [
    {
      method: "POST",
      path: "/v1/batches",
      async answer(exchange, principal) {
        const { fields } = await readBody(exchange, maxBodyBytes);
        const { runner, ...rest } = await services();
        const batch = await createBatch(fields, exchange, principal, rest);
        runner.wake();
        return shown(batch, runner);
      },
    },
    {
      method: "GET",
      path: "/v1/batches",
      async answer({ query }, principal) {
        const asked = new URLSearchParams(query);
        const page = readPage(asked, usuallyListed, mostListed);
        const { table, runner } = await services();
        const tenant = tenantOf(principal);
        if (page.after !== undefined && table.find(tenant, page.after) === undefined) {
          throw unknown(page.after);
        }
        const found = table.list(tenant, page).map((batch) => batchObject(counted(batch, runner)));
        return { body: JSON.stringify(pageOf(found, page.limit)) };
      },
    },
    {
      method: "POST",
      path: "/v1/batches/{id}/cancel",
      async answer(_, principal, id) {
        const { table, runner } = await services();
        const batch = found(await services(), principal, id);
        if (isOver(batch.status) && batch.status !== "cancelled") {
          const message = `the batch is ${batch.status} and cannot be cancelled any more`;
          throw loomError("invalid-request", message, {}, { status: 409 });
        }
        runner.cancel(id);
        return shown(table.find(batch.tenant, id) ?? batch, runner);
      },
    },
    {
      method: "GET",
      path: "/v1/batches/{id}",
      async answer(_, principal, id) {
        const all = await services();
        return shown(found(all, principal, id), all.runner);
      },
    },
  ];
}

function found({ table }: EndpointServices, principal: Principal, id: string): StoredBatch {
  const batch = table.find(tenantOf(principal), id);
  if (batch === undefined) throw unknown(id);
  return batch;
}

function shown(batch: StoredBatch, runner: Runner): Answered {
  return { body: JSON.stringify(batchObject(counted(batch, runner))) };
}

/** What is worked on here is counted here, more often than it is written down. */
function counted(batch: StoredBatch, runner: Runner): StoredBatch {
  const counts = isOver(batch.status) ? undefined : runner.countsOf(batch.id);
  return counts === undefined ? batch : { ...batch, counts };
}

function unknown(id: string): Error {
  const message = `there is no batch "${id.slice(0, 100)}"`;
  return loomError("invalid-request", message, { path: "id" }, { status: 404 });
}
