/** The canonical text of a call: equal for calls whose answers may be shared, different for all others. */

import type { Call } from "../contract/call.ts";
import type { Plan } from "../contract/target.ts";
import { canonicalJson } from "../util/canonical-json.ts";

/**
 * Everything that changes the answer: modality, targets with their params, conversation, tools, output form, tenant. Not
 * in it: who asks, tags, deadlines, and whether the answer is streamed.
 */
export function callKey(call: Call, plan: Plan): string {
  return canonicalJson([
    call.tenant ?? null,
    call.modality,
    plan.targets.map((target) => [target.provider, target.upstreamModel, target.params]),
    call.messages,
    call.prompt ?? null,
    call.input ?? null,
    call.tools ?? null,
    call.toolChoice ?? null,
    call.output === undefined ? null : [call.output.name, call.output.schema],
  ]);
}
