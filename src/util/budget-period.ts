/** The calendar of budgets: which period a moment falls in, in UTC. */

import type { Budget } from "../contract/call.ts";

export interface BudgetPeriod {
  /** Names it: the date on which it began, or `total`. */
  readonly name: string;
  /** When the next one begins; `Infinity`: never. */
  readonly endsAtMs: number;
}

const dayMs = 86_400_000;

export function budgetPeriod(per: Budget["per"], nowMs: number): BudgetPeriod {
  const midnightMs = Math.floor(nowMs / dayMs) * dayMs;
  switch (per) {
    case "day":
      return from(midnightMs, midnightMs + dayMs);
    case "week": {
      const sinceMonday = (new Date(midnightMs).getUTCDay() + 6) % 7;
      const mondayMs = midnightMs - sinceMonday * dayMs;
      return from(mondayMs, mondayMs + 7 * dayMs);
    }
    case "month": {
      const date = new Date(midnightMs);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return from(Date.UTC(year, month), Date.UTC(year, month + 1));
    }
    case "total":
      return { name: "total", endsAtMs: Infinity };
  }
}

function from(startMs: number, endsAtMs: number): BudgetPeriod {
  return { name: new Date(startMs).toISOString().slice(0, 10), endsAtMs };
}
