/** One answer on its way through the output guards, whole or streamed, and back to the words of its caller. */

import type { Planned } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import type { Clock } from "../contract/services.ts";
import { isContent } from "../kernel/index.ts";
import type { Watching } from "./guard-channel.ts";
import { GuardedParts } from "./guard-parts.ts";
import type { Placeholders } from "./guard-placeholders.ts";
import { RestoredParts } from "./guard-restored-parts.ts";
import { type ActiveGuard, acts, record, Verdict } from "./guard-rule.ts";
import { Gathering, judgeWhole } from "./guard-whole.ts";

const defaultWindowChars = 256;
const maxWindowChars = 65_536;

export class GuardedAnswer {
  readonly #ctx: Planned;
  readonly #clock: Clock;
  readonly #watching: readonly Watching[];
  readonly #whole: readonly Watching[];
  readonly #parts: GuardedParts | undefined;
  readonly #restored: RestoredParts | undefined;
  readonly #gathering: Gathering | undefined;
  /** What is held until the end. */
  readonly #held: Part[] | undefined;
  readonly #holdChars: number | undefined;
  /** When the first content came, until the first has left. */
  #sinceMs: number | undefined;
  #begun = false;
  #recorded = false;

  /** @param rules those that judge this answer */
  constructor(
    ctx: Planned,
    rules: readonly ActiveGuard[],
    placeholders: Placeholders | undefined,
    streamed: boolean,
    clock: Clock,
  ) {
    this.#ctx = ctx;
    this.#clock = clock;
    this.#watching = rules.map((rule) => ({ rule, verdict: new Verdict(), off: false }));
    const sliding = this.#watching.filter(({ rule }) => rule.guard.output !== undefined);
    this.#whole = this.#watching.filter(({ rule }) => rule.guard.whole !== undefined);
    const windowChars = Math.max(0, ...sliding.map(({ rule }) => windowOf(rule)));
    const acting = sliding.filter(({ rule }) => acts(rule)).map(({ rule }) => windowOf(rule));
    this.#holdChars = acting.length === 0 ? undefined : Math.max(...acting);
    this.#parts = sliding.length === 0 ? undefined : new GuardedParts(
      { ctx, watching: sliding, windowChars, holdChars: this.#holdChars },
      streamed,
    );
    this.#restored = placeholders && new RestoredParts(placeholders, answersJson(ctx));
    this.#gathering = this.#whole.length === 0 ? undefined : new Gathering();
    this.#held = this.#whole.some(({ rule }) => acts(rule)) ? [] : undefined;
  }

  /** Gives what may leave. @throws LoomError `guard-blocked` */
  add(batch: readonly Part[]): readonly Part[] {
    if (!this.#begun && this.#sinceMs === undefined && batch.some(isContent)) {
      this.#sinceMs = this.#clock.monotonic();
    }
    return this.#out(this.#parts === undefined ? batch : this.#parts.add(batch));
  }

  /** The answer has ended well. @throws LoomError `guard-blocked`; the reason of a cancelled call */
  end(): readonly Part[] | Promise<readonly Part[]> {
    const rest = this.#out(this.#parts?.end() ?? []);
    const gathering = this.#gathering;
    if (gathering === undefined) return this.#last(rest);
    const held = this.#held ?? [];
    return judgeWhole(this.#ctx, this.#whole, gathering, held, this.#clock).then((judged) =>
      this.#held === undefined ? this.#last(rest) : this.#last(this.#restoredOf(judged))
    );
  }

  /** A whole answer. @throws LoomError `guard-blocked`; the reason of a cancelled call */
  all(parts: readonly Part[]): readonly Part[] | Promise<readonly Part[]> {
    const judged = this.#parts?.all(parts) ?? parts;
    const restored = (of: readonly Part[]) =>
      this.#restored === undefined ? of : [...this.#restored.add(of), ...this.#restored.end()];
    if (this.#gathering === undefined) return restored(judged);
    this.#gathering.add(judged);
    return judgeWhole(this.#ctx, this.#whole, this.#gathering, judged, this.#clock).then(restored);
  }

  /** Writes down what was found; however the answer has ended, and once. */
  record(): void {
    if (this.#recorded) return;
    this.#recorded = true;
    for (const { rule, verdict } of this.#watching) record(this.#ctx, rule, "output", verdict);
  }

  #out(parts: readonly Part[]): readonly Part[] {
    this.#gathering?.add(parts);
    if (this.#held === undefined) return this.#noted(this.#restoredOf(parts));
    if (this.#gathering?.full !== true) { for (const part of parts) this.#held.push(part); }
    return [];
  }

  #restoredOf(parts: readonly Part[]): readonly Part[] {
    return this.#restored === undefined ? parts : this.#restored.add(parts);
  }

  #last(parts: readonly Part[]): readonly Part[] {
    return this.#noted(this.#restored === undefined ? parts : [...parts, ...this.#restored.end()]);
  }

  /** The first content leaves: the receipt says how long it was held. */
  #noted(parts: readonly Part[]): readonly Part[] {
    if (this.#begun || !parts.some(isContent)) return parts;
    this.#begun = true;
    if (this.#holdChars === undefined && this.#held === undefined) return parts;
    const ms = Math.round((this.#clock.monotonic() - (this.#sinceMs ?? this.#clock.monotonic())) * 1000) /
      1000;
    this.#ctx.ledger.step(
      "guard",
      "held",
      this.#held === undefined ? { ms, chars: this.#holdChars ?? 0 } : { ms, until: "end" },
    );
    return parts;
  }
}

function windowOf({ guard: { windowChars = defaultWindowChars } }: ActiveGuard): number {
  return Math.min(maxWindowChars, Math.max(1, Math.ceil(windowChars)));
}

/** Whether the text of the answer is JSON, in whose strings values must be escaped. */
function answersJson({ call }: Planned): boolean {
  if (call.output !== undefined) return true;
  const format = call.params["response_format"];
  return typeof format === "object" && format !== null;
}
