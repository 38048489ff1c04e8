/** What the calls of a batch ask: the target of each. */

import type { Call, Candidate } from "../contract/call.ts";
import type { Target } from "../contract/target.ts";
import { LoomError, loomError } from "../errors/index.ts";
import type { Engine } from "./engine.ts";
import { invalidRequest } from "./invalid-request.ts";

/** What one batch of a vendor has in common. */
export function nameOf(
  { provider, model, modality }: Pick<Target, "provider" | "model" | "modality">,
): string {
  return `${provider}/${model} (${modality})`;
}

/** @throws LoomError, naming the request, when a model is not known */
export async function targetsOf(engine: Engine, calls: readonly Call[]): Promise<readonly Target[]> {
  const { findTarget } = engine.opened;
  // A bare name is looked for in every vendor's catalog, which is not done again for each row.
  const found = new Map<string, Candidate>();
  const targets: Target[] = [];
  for (const [index, call] of calls.entries()) {
    const [asked] = call.candidates;
    const name = JSON.stringify([asked.provider, asked.model, asked.modality ?? call.modality]);
    try {
      const known = found.get(name);
      const finding = findTarget(known === undefined ? asked : { ...asked, ...known }, call);
      const target = finding instanceof Promise ? await finding : finding;
      if (known === undefined) found.set(name, { provider: target.provider, model: target.model });
      targets.push(target);
    } catch (error) {
      throw calls.length === 1 ? error : named(index, error);
    }
  }
  return targets;
}

function named(index: number, error: unknown): unknown {
  if (!LoomError.is(error)) return error;
  const { provider, model, recovery } = error;
  const message = `requests[${index}]: ${error.message}`;
  return loomError(error.code as "internal", message, error.data as object, {
    provider,
    model,
    recovery,
    cause: error,
  });
}

/** @throws LoomError `invalid-request`, when they are several */
export function oneTarget(targets: readonly Target[]): Target {
  const first = targets[0] as Target;
  const other = targets.findIndex((target) => nameOf(target) !== nameOf(first));
  if (other === -1) return first;
  const problem = `asks ${nameOf(targets[other] as Target)}, and requests[0] ${nameOf(first)}`;
  throw invalidRequest(
    `requests[${other}]`,
    `${problem}; one batch of a vendor asks one model in one modality`,
  );
}
