/** Whose files and batches somebody sees: those of the team, or where there is none of the key itself. */

import type { Principal } from "../options.ts";

export function tenantOf({ team, id }: Pick<Principal, "team" | "id">): string {
  return team === undefined ? `key:${id}` : `team:${team}`;
}
