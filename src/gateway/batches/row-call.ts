/** A row as the call that a live request with its body would be. */

import type { Call } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { RequestBody } from "../calls/request-body.ts";
import { callOf, type CallServices } from "../calls/serve-call.ts";
import type { Asked, Format } from "../format.ts";
import type { Headed } from "../http/exchange.ts";
import { callEndpoints } from "../server/endpoints.ts";
import type { BatchOrder } from "./batch.ts";
import type { Row } from "./rows.ts";

export interface RowCall {
  readonly asked: Asked;
  readonly request: RequestBody;
  readonly call: Call;
}

export interface RowReader {
  readonly format: Format;
  /** @throws LoomError, as the live endpoint would */
  read(row: Row): Promise<RowCall>;
  /** As `read`, of a row whose place is known. */
  readFor(row: Row, candidates: Call["candidates"]): RowCall;
}

export async function rowReader(
  { endpoint, principal, headers }: BatchOrder,
  services: Pick<CallServices, "route" | "binding">,
): Promise<RowReader> {
  const format = await formatOf(endpoint);
  const exchange: Headed = { header: (name) => headers[name] };

  function ask({ body }: Row): { readonly asked: Asked; readonly request: RequestBody } {
    const asked = format.read(body, []);
    if (asked.call.stream) {
      throw loomError("invalid-request", "stream: rows of a batch are answered whole; leave it out", {
        path: "stream",
      });
    }
    return { asked, request: { fields: body, text: JSON.stringify(body), files: [] } };
  }

  return {
    format,
    async read(row) {
      const { asked, request } = ask(row);
      const candidates = await services.route(asked, principal, exchange);
      return {
        asked,
        request,
        call: callOf(format, asked, candidates, principal, request, exchange, services),
      };
    },
    readFor(row, candidates) {
      const { asked, request } = ask(row);
      return {
        asked,
        request,
        call: callOf(format, asked, candidates, principal, request, exchange, services),
      };
    },
  };
}

async function formatOf(path: string): Promise<Format> {
  const found = callEndpoints.find((endpoint) => endpoint.path === path);
  if (found === undefined) throw loomError("unsupported", `${path} takes no batches`, { feature: path });
  return await found.load();
}
