/** Keys of idempotency: the labels that vendors keep with batches, and the search for what carries one. */

import { createHash } from "node:crypto";
import type { BatchSearch, BatchState } from "../contract/batch.ts";
import type { Call } from "../contract/call.ts";
import { loomError } from "../errors/index.ts";
import type { PlannedPart } from "./batch-plan.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";
import { operate } from "./operate.ts";

/** A batch that the vendor has, and the account that it belongs to, where there are several. */
export interface Found {
  readonly state: BatchState;
  readonly account: string | undefined;
}

/** Searching lists takes no longer than this. */
const searchMs = 120_000;
/** What vendors take as it is, with room for the number of a part. */
const plain = /^(?!.*--)[A-Za-z0-9_-]{1,40}$/;
const mostKeyChars = 1_000;

/**
 * The labels of a list's parts: the key itself where there is one part and a vendor can keep it, so that people find it in the
 * vendor's own console.
 *
 * @throws LoomError `invalid-request`; `unsupported`, when a vendor's batches cannot be listed
 */
export function labelsOf(
  key: string | undefined,
  parts: readonly PlannedPart[],
): readonly (string | undefined)[] {
  if (key === undefined) return parts.map(() => undefined);
  if (typeof key !== "string" || key === "" || key.length > mostKeyChars) {
    throw invalidRequest("idempotencyKey", `must be a text of 1 to ${mostKeyChars} characters`);
  }
  const blind = parts.find(({ batches }) => batches.find === undefined);
  if (blind !== undefined) {
    const why = `the batches of ${blind.provider} cannot be searched, so that it would not be found again`;
    throw loomError(
      "unsupported",
      `idempotencyKey: ${why}; leave it out, and keep the handle's \`id\` as soon as there is one`,
      { feature: "idempotencyKey" },
      { provider: blind.provider },
    );
  }
  const base = plain.test(key) ? key : `k-${createHash("sha256").update(key).digest("hex").slice(0, 38)}`;
  return parts.length === 1 ? [base] : parts.map((_, index) => `${base}--${index + 1}`);
}

/**
 * What carries the label, at any of the provider's accounts, since nobody knows which one an earlier process used.
 *
 * @throws LoomError, when one of them cannot be asked
 */
export async function searchLabel(
  engine: Engine,
  call: Call,
  { provider, rows }: PlannedPart,
  label: string,
  search: BatchSearch,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const { pool, accounts } = await engine.opened.providers.get(provider);
  const names = pool === undefined ? [undefined] : (await accounts()).map(({ name }) => name);
  for (const account of names) {
    const found = await operate(
      engine,
      call,
      { signal, timeoutMs: searchMs },
      "list of batches",
      async ({ batches }, ctx, key) => ({
        state: await batches?.find?.(ctx, key, label, { ...search, rows: rows.length }),
      }),
      { name: account },
    );
    if (found.state !== undefined) return { state: checked(found.state, rows.length), account };
  }
  return undefined;
}

function checked(state: BatchState, rows: number): BatchState {
  const { total = 0 } = state.counts ?? {};
  // Those that are being validated have not been counted.
  if (total === 0 || total === rows) return state;
  const problem = `was used for ${total} rows before (${state.id}), and this list makes ${rows} of them`;
  throw invalidRequest("idempotencyKey", `${problem}; take another key for another list`);
}
