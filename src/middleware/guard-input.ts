/** Guards at the input: each judges all texts of a call, and the next one sees what it has left of them. */

import type { Call } from "../contract/call.ts";
import type { Planned } from "../contract/context.ts";
import type { Finding } from "../contract/guard.ts";
import type { Clock } from "../contract/services.ts";
import { Canceller, planned } from "../kernel/index.ts";
import { Placeholders } from "./guard-placeholders.ts";
import { type ActiveGuard, acts, blocked, counted, record, unavailable, Verdict } from "./guard-rule.ts";
import { type CallText, mapCall, mapPlan } from "./guard-texts.ts";
import { inBudget, isThenable, judgeEach } from "./guard-wait.ts";

/** A call that may go on. */
export interface LetIn {
  readonly ctx: Planned;
  /** Present: something was cut out, and is to be put back into the answer. */
  readonly placeholders?: Placeholders;
}

/** @throws LoomError `guard-blocked` */
export async function letIn(given: Planned, rules: readonly ActiveGuard[], clock: Clock): Promise<LetIn> {
  const texts = textsOf(given);
  if (texts.length === 0) return { ctx: given };
  const original = texts.map(({ text }) => text);
  let placeholders: Placeholders | undefined;
  for (const rule of rules) {
    const asked = judgeTexts(given, rule, texts, clock);
    const found = isThenable(asked) ? await asked : asked;
    if (found === undefined) continue;
    const verdict = new Verdict();
    for (const findings of found) for (const { kind } of findings) verdict.add(kind);
    record(given, rule, "input", verdict);
    if (verdict.count === 0 || !acts(rule)) continue;
    if (rule.action === "block") throw blocked(rule.name, "input", verdict.kinds);
    placeholders ??= new Placeholders(original);
    for (const [index, findings] of found.entries()) {
      const text = texts[index];
      if (text === undefined || findings.length === 0) continue;
      texts[index] = { ...text, text: placeholders.redact(text.text, findings, text.json) };
    }
  }
  if (placeholders === undefined) return { ctx: given };
  return { ctx: replaced(given, original, texts), placeholders };
}

/** What one guard finds in each of the texts; `undefined`: it could not judge, and the call may go on. */
function judgeTexts(
  ctx: Planned,
  rule: ActiveGuard,
  texts: readonly CallText[],
  clock: Clock,
): readonly (readonly Finding[])[] | undefined | Promise<readonly (readonly Finding[])[] | undefined> {
  const { guard, minScore, budgetMs } = rule;
  const own = new Canceller();
  const asking = ctx.with({ cancellation: own });
  try {
    const asked = judgeEach(texts, (given) => {
      own.throwIfCancelled();
      // Guards get the text and who said it, and nothing that they could come to rely on.
      const found = guard.input?.({ role: given.role, text: given.text }, asking) ?? [];
      return isThenable(found)
        ? found.then((late) => counted(late, given.text.length, minScore))
        : counted(found, given.text.length, minScore);
    });
    if (!isThenable(asked)) return asked;
    return inBudget(asked, budgetMs, { cancellation: ctx.cancellation, own, clock }).catch((error) => {
      ctx.cancellation.throwIfCancelled();
      return void unavailable(ctx, rule, "input", error);
    });
  } catch (error) {
    return void unavailable(ctx, rule, "input", error);
  }
}

/** The texts of the call and of its targets' params; one that several targets share is one. */
function textsOf({ call, plan }: Planned): CallText[] {
  const texts: CallText[] = [];
  mapCall(call, (given) => (texts.push(given), given.text));
  const seen = new Set<string>();
  mapPlan(plan, (given) => {
    if (!seen.has(given.text)) texts.push(given);
    seen.add(given.text);
    return given.text;
  });
  return texts;
}

/** The call with other texts. What came over the wire is no longer what is asked, and must not be sent on. */
function replaced(ctx: Planned, original: readonly string[], texts: readonly CallText[]): Planned {
  let at = 0;
  const call = mapCall(ctx.call, () => texts[at++]?.text ?? "");
  const params = new Map(original.slice(at).map((text, index) => [text, texts[at + index]?.text ?? ""]));
  const plan = mapPlan(ctx.plan, ({ text }) => params.get(text) ?? text);
  const inner = ctx.with({ call: withoutNative(call) });
  return plan === ctx.plan ? inner : planned(inner, plan);
}

/** Names of fields that only some vendors know stay, so that the others are not sent them. */
function withoutNative(call: Call): Call {
  if (call.native === undefined) return call;
  const { of: _, ...native } = call.native;
  return { ...call, native };
}
