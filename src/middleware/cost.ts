/** The cost stage: prices every attempt and the reply on the way out, exactly once, however the call ends. */

import type { Call } from "../contract/call.ts";
import type { Context } from "../contract/context.ts";
import type { Bill, Cost, Price, PriceFacts } from "../contract/cost.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Target } from "../contract/target.ts";
import type { Usage } from "../contract/usage.ts";
import { observe } from "../kernel/index.ts";

export interface CostServices {
  /** Prices usage in whole nano-USD. */
  bill(price: Price | undefined, usage: Usage, facts?: PriceFacts): Bill;
  /** Turns nano-USD into what callers see, local currency included. */
  toCost(owed: Bill, savedNanoUsd: number | null): Cost;
}

export function costStage(services: CostServices): Middleware<"cost"> {
  return {
    name: "cost",
    stage: "cost",
    replaces: "cost",
    async handle(ctx, next) {
      try {
        const reply = await next();
        const shared = reply.origin === "dedup" ? new SharedUsage(reply.target) : undefined;
        return observe(reply, {
          ...(shared === undefined
            ? {}
            : { part: (part) => void (part.type === "usage" && (shared.usage = part.usage)) }),
          end: () => settle(ctx, services, shared),
        });
      } catch (error) {
        settle(ctx, services, undefined);
        throw error;
      }
    },
  };
}

/** What a joined call would have paid for by itself. */
class SharedUsage {
  usage: Usage | undefined;
  readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }
}

function settle(ctx: Context, services: CostServices, shared: SharedUsage | undefined): void {
  const { ledger } = ctx;
  const owed = total(ctx, services);
  let savedNanoUsd = ledger.savedNanoUsd ?? (ledger.cache === "hit" ? null : 0);
  if (shared?.usage !== undefined) {
    const { price } = shared.target;
    savedNanoUsd = services.bill(price, shared.usage, factsOf(ctx.call, shared.target)).nanoUsd;
  }
  ledger.cost = services.toCost(owed, savedNanoUsd);
}

/** What a price may depend on beside the usage. */
export function factsOf(call: Call, target: Target): PriceFacts {
  return { params: target.params, edit: (call.images?.length ?? 0) > 0 };
}

const nothing: Bill = { nanoUsd: 0, lines: [], unpriced: [] };

/** Everything this call was billed: the answer, and the attempts that failed after the vendor had begun to count. */
function total({ call, ledger }: Context, services: CostServices): Bill {
  let sum = nothing;
  ledger.attempts.forEach((attempt, index) => {
    if (attempt.usage === undefined) return;
    const target = ledger.targetOf(index);
    const bill = attempt.bill ?? services.bill(target.price, attempt.usage, factsOf(call, target));
    if (attempt.bill === undefined) ledger.price(index, bill);
    if (bill.nanoUsd === null) {
      const what = bill.unpriced.join(", ");
      ledger.warn("price-unknown", `no price is known for ${what} of ${target.provider}/${target.model}`);
    }
    sum = sum === nothing ? bill : {
      nanoUsd: sum.nanoUsd === null || bill.nanoUsd === null ? null : sum.nanoUsd + bill.nanoUsd,
      lines: [...sum.lines, ...bill.lines],
      unpriced: [...sum.unpriced, ...bill.unpriced],
    };
  });
  return sum;
}
