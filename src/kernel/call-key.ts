/** The canonical text of a call: equal for calls whose answers may be shared, different for all others. */

import type { Call, NativeRequest } from "../contract/call.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Plan } from "../contract/target.ts";
import { loomError } from "../errors/index.ts";
import { canonicalText } from "../util/canonical-text.ts";
import { forwardable } from "../util/forwardable.ts";

/**
 * Everything that changes the answer: modality, targets with their params, conversation, tools, output form, tenant. Not
 * in it: who asks, tags, deadlines, and whether the answer is streamed.
 *
 * @throws LoomError `invalid-request`, when a param or a message holds what JSON cannot
 */
export function callKey(call: Call, plan: Plan): string {
  const native = forwardable(call) ? call.native : undefined;
  const parts = [
    call.tenant ?? null,
    call.modality,
    plan.targets.map((target) => [target.provider, target.upstreamModel, target.params]),
    // A request in a vendor's own format may say more than the call that was read from it.
    native === undefined ? call.messages : [native.dialect, wordsOf(native)],
    call.prompt ?? null,
    call.input ?? null,
    call.images ?? null,
    call.audio ?? null,
    call.strict === true,
    call.download === true,
    call.tools ?? null,
    call.toolChoice ?? null,
    call.output === undefined ? null : [call.output.name, call.output.schema],
  ];
  try {
    return canonicalText(parts);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw loomError("invalid-request", `the request cannot be written as JSON: ${reason}`, {}, {
      cause: error,
    });
  }
}

/** Fields of a body that say who asks and how the answer travels, not what it is. */
const aside: ReadonlySet<string> = new Set(["stream", "stream_options", "user", "metadata"]);

function wordsOf({ body }: NativeRequest): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !aside.has(name)));
}
