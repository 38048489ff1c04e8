/** Lists in pages, as OpenAI's API gives them: how many, after which, in which order. */

import type { JsonObject } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";

export interface PageQuery {
  readonly limit: number;
  /** Id of the last one that was seen. */
  readonly after: string | undefined;
  readonly newestFirst: boolean;
}

/** @param query of the address. @throws LoomError `invalid-request`, naming the parameter */
export function readPage(query: URLSearchParams, usual: number, most: number): PageQuery {
  const said = query.get("limit");
  const limit = said === null ? usual : Number(said);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw wrong("limit", `must be a whole number from 1 to ${most}`);
  }
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") throw wrong("order", "must be asc or desc");
  return { limit, after: query.get("after") ?? undefined, newestFirst: order === "desc" };
}

/** @param found one more than were asked for, where there are more */
export function pageOf(found: readonly (JsonObject & { readonly id: string })[], limit: number): JsonObject {
  const data = found.slice(0, limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: found.length > limit,
  };
}

function wrong(path: string, problem: string): Error {
  return loomError("invalid-request", `${path} ${problem}`, { path });
}
