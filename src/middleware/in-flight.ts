/** Finds a run that an identical call may join, looking closely only at calls that look alike. */

import type { Call } from "../contract/call.ts";
import type { Planned } from "../contract/context.ts";
import { forwardable } from "../util/forwardable.ts";

/** A call in flight. `key` may be expensive to read. */
export interface Keyed {
  readonly key: string;
  /** The request as it came in: two calls whose texts differ are taken to be different without a look at their keys. */
  readonly text?: string | undefined;
}

interface Entry<R> {
  readonly glance: number;
  readonly text: string | undefined;
  readonly run: R;
}

/** Power of two; calls whose glances fall into one bucket only cost each other a comparison of numbers. */
const bucketCount = 1024;

/**
 * Runs by call. Most calls in flight look different at a glance, and then nobody pays for their exact keys; two that look
 * alike are compared by them.
 *
 * Plain buckets, and no Map: with a few entries that come and go all the time V8 makes a Map a new table every few calls, and
 * the old tables keep each other, and all the calls they held, until the next full collection.
 */
export class InFlight<R extends Keyed> {
  readonly #buckets: (Entry<R>[] | undefined)[] = new Array(bucketCount);
  size = 0;

  /** The run of an identical call. */
  find(glance: number, call: Keyed): R | undefined {
    const bucket = this.#buckets[glance & (bucketCount - 1)];
    if (bucket === undefined) return undefined;
    const { text } = call;
    for (const entry of bucket) {
      if (entry.glance !== glance) continue;
      if (entry.text !== undefined && text !== undefined && entry.text !== text) continue;
      if (sameKey(entry.run, call)) return entry.run;
    }
    return undefined;
  }

  add(glance: number, run: R): void {
    const bucket = this.#buckets[glance & (bucketCount - 1)] ??= [];
    bucket.push({ glance, text: run.text, run });
    this.size++;
  }

  delete(glance: number, run: R): void {
    const bucket = this.#buckets[glance & (bucketCount - 1)];
    const at = bucket?.findIndex((entry) => entry.run === run) ?? -1;
    if (bucket === undefined || at === -1) return;
    const last = bucket.pop();
    if (last !== undefined && at < bucket.length) bucket[at] = last;
    this.size--;
  }
}

/** A call whose key cannot be written, such as one nested too deeply, is nobody's twin, and no trouble of who looks alike. */
function sameKey(run: Keyed, call: Keyed): boolean {
  const { key } = call;
  try {
    return run.key === key;
  } catch {
    return false;
  }
}

/** Characters that a glance takes in: so many from the beginning, the end, and spread between them. */
const glanceChars = 8;

/** A number that is equal for identical calls, and different for most others. Makes no text of its own. */
export function glanceAt({ call, plan }: Planned): number {
  const text = newestText(call);
  const { length } = text;
  let glance = length * 31 + plan.targets[0].upstreamModel.length;
  const step = length / glanceChars;
  for (let index = 0; index < glanceChars && index < length; index++) {
    glance = Math.imul(glance, 31) + text.charCodeAt(index) | 0;
    glance = Math.imul(glance, 31) + text.charCodeAt(Math.floor(index * step)) | 0;
    glance = Math.imul(glance, 31) + text.charCodeAt(length - 1 - index) | 0;
  }
  return glance;
}

function newestText({ native, messages, prompt, input }: Call): string {
  if (native !== undefined) return native.text;
  const content = messages.at(-1)?.content ?? prompt ?? input?.[0];
  return typeof content === "string" ? content : "";
}

/**
 * Whether a call consists of nothing that its caller could still change. Only then may its key be read later; requests are
 * copied one level deep, so texts and plain params are safe and nested objects are not.
 */
export function isSettled(call: Call): boolean {
  // What came in over the wire belongs to nobody else.
  if (forwardable(call)) return true;
  const { messages, params, tools, output } = call;
  if (tools !== undefined || output !== undefined) return false;
  for (const { content, extra } of messages) {
    if (typeof content !== "string" || extra !== undefined) return false;
  }
  for (const name in params) if (typeof params[name] === "object") return false;
  return true;
}
