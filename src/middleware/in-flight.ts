/** Finds a run that an identical call may join, looking closely only at calls that look alike. */

import type { Call } from "../contract/call.ts";
import type { Planned } from "../contract/context.ts";

/** A call in flight. `key` may be expensive to read. */
export interface Keyed {
  readonly key: string;
}

/**
 * Runs by call. Most calls in flight look different at a glance, and then nobody pays for their exact keys; two that look
 * alike are compared by them.
 */
export class InFlight<R extends Keyed> {
  readonly #alike = new Map<string, R[]>();
  size = 0;

  /** The run of an identical call. */
  find(glance: string, call: Keyed): R | undefined {
    return this.#alike.get(glance)?.find((run) => run.key === call.key);
  }

  add(glance: string, run: R): void {
    const alike = this.#alike.get(glance);
    if (alike === undefined) this.#alike.set(glance, [run]);
    else alike.push(run);
    this.size++;
  }

  delete(glance: string, run: R): void {
    const alike = this.#alike.get(glance);
    const at = alike?.indexOf(run) ?? -1;
    if (alike === undefined || at === -1) return;
    this.size--;
    if (alike.length === 1) this.#alike.delete(glance);
    else alike.splice(at, 1);
  }
}

/** How much of a text's beginning and end a glance takes in. Short enough that the pieces are copied, not cut. */
const glanceChars = 12;

/** A short text that is equal for identical calls, and different for most others. */
export function glanceAt({ call, plan }: Planned): string {
  const text = newestText(call);
  return text.length + plan.targets[0].upstreamModel + text.slice(0, glanceChars) + text.slice(-glanceChars);
}

function newestText({ messages, prompt, input }: Call): string {
  const content = messages.at(-1)?.content ?? prompt ?? input?.[0];
  return typeof content === "string" ? content : "";
}

/**
 * Whether a call consists of nothing that its caller could still change. Only then may its key be read later; requests are
 * copied one level deep, so texts and plain params are safe and nested objects are not.
 */
export function isSettled({ messages, params, tools, output }: Call): boolean {
  if (tools !== undefined || output !== undefined) return false;
  for (const { content, extra } of messages) {
    if (typeof content !== "string" || extra !== undefined) return false;
  }
  for (const name in params) if (typeof params[name] === "object") return false;
  return true;
}
