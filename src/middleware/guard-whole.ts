/** Guards that judge an answer when it is there as a whole. */

import type { Planned } from "../contract/context.ts";
import type { Finding } from "../contract/guard.ts";
import type { Part } from "../contract/part.ts";
import type { Clock } from "../contract/services.ts";
import { Canceller } from "../kernel/index.ts";
import type { Watching } from "./guard-channel.ts";
import { merged } from "./guard-placeholders.ts";
import { acts, blocked, counted, unavailable } from "./guard-rule.ts";
import { inBudget, isThenable, judgeEach } from "./guard-wait.ts";

/** Longer answers are not gathered: nobody could judge them, and they would fill the memory. */
export const maxWholeChars: number = 16 * 1024 * 1024;

/** The texts of the alternatives, by their numbers. */
export type WholeTexts = ReadonlyMap<number, string>;

/** Gathers what an answer says. */
export class Gathering {
  readonly #pieces = new Map<number, string>();
  #chars = 0;

  add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.type !== "text" && part.type !== "transcript") continue;
      this.#chars += part.text.length;
      if (this.full) continue;
      const choice = part.type === "text" ? part.choice ?? 0 : 0;
      this.#pieces.set(choice, (this.#pieces.get(choice) ?? "") + part.text);
    }
  }

  get full(): boolean {
    return this.#chars > maxWholeChars;
  }

  get texts(): WholeTexts {
    return this.#pieces;
  }
}

/**
 * Asks one guard after the other. What is cut out of the text of an alternative leaves all of it in the place of its first part.
 *
 * @returns the parts, where something of them was changed
 * @throws LoomError `guard-blocked`; the reason of a cancelled call
 */
export async function judgeWhole(
  ctx: Planned,
  watching: readonly Watching[],
  gathered: Gathering,
  parts: readonly Part[],
  clock: Clock,
): Promise<readonly Part[]> {
  let texts = [...gathered.texts];
  let changed = false;
  for (const watcher of watching) {
    const found = await ask(ctx, watcher, gathered.full ? undefined : texts, clock);
    if (found === undefined) continue;
    const { rule, verdict } = watcher;
    for (const findings of found) for (const { kind } of findings) verdict.add(kind);
    if (!acts(rule) || !found.some(({ length }) => length > 0)) continue;
    if (rule.action === "block") throw blocked(rule.name, "output", verdict.kinds);
    changed = true;
    texts = texts.map(([choice, text], index) => [choice, withoutSpans(text, found[index] ?? [])]);
  }
  return changed ? withTexts(parts, new Map(texts)) : parts;
}

async function ask(
  ctx: Planned,
  { rule }: Watching,
  texts: readonly (readonly [number, string])[] | undefined,
  clock: Clock,
): Promise<readonly (readonly Finding[])[] | undefined> {
  const own = new Canceller();
  const asking = ctx.with({ cancellation: own });
  try {
    if (texts === undefined) throw new RangeError("the answer is too long to be judged as a whole");
    const asked = judgeEach(texts, ([, text]) => {
      own.throwIfCancelled();
      const found = rule.guard.whole?.(text, asking) ?? [];
      return isThenable(found)
        ? found.then((late) => counted(late, text.length, rule.minScore))
        : counted(found, text.length, rule.minScore);
    });
    if (!isThenable(asked)) return asked;
    return await inBudget(asked, rule.budgetMs, { cancellation: ctx.cancellation, own, clock });
  } catch (error) {
    ctx.cancellation.throwIfCancelled();
    return void unavailable(ctx, rule, "output", error);
  }
}

function withoutSpans(text: string, findings: readonly Finding[]): string {
  let out = "";
  let from = 0;
  for (const { start, end, kind } of merged(findings)) {
    out += `${text.slice(from, start)}[REDACTED_${kind}]`;
    from = end;
  }
  return out + text.slice(from);
}

function withTexts(parts: readonly Part[], texts: Map<number, string>): readonly Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    if (part.type !== "text" && part.type !== "transcript") {
      // What the vendor wrote says what was cut out.
      if (part.type !== "raw") out.push(part);
      continue;
    }
    const choice = part.type === "text" ? part.choice ?? 0 : 0;
    const text = texts.get(choice);
    if (text !== undefined) out.push({ ...part, text });
    texts.delete(choice);
  }
  return out;
}
