/** The cells that calls of one kind count in, looked up once and kept. */

import { none } from "../usage/charges.ts";
import type { Cell } from "./cell.ts";
import type { Families } from "./families.ts";
import type { Histogram } from "./histogram.ts";
import { other } from "./label.ts";
import { type Track, track } from "./recent.ts";

/** Where the charges of one provider and model are counted. */
export interface PaidCells {
  readonly input: Cell;
  readonly output: Cell;
  readonly cached: Cell;
  readonly cacheWrite: Cell;
  readonly reasoning: Cell;
  readonly cost: Cell;
  readonly unpriced: Cell;
}

/** Where calls of one provider and model are counted. */
export interface TargetCells {
  readonly model: string;
  /** Made with the first charge: calls that reach nobody have none. */
  paid?: PaidCells;
  firstToken?: Histogram;
  /** Format -> HTTP status and outcome as one number -> cell. */
  readonly requests: Map<string, Map<number, Cell>>;
}

export interface ProviderCells {
  readonly name: string;
  readonly models: Map<string, TargetCells>;
  readonly duration: Map<string, Histogram>;
  readonly attempts: Map<string, Histogram>;
  readonly recent: Track;
}

export interface KeyCells {
  readonly requests: Cell;
  readonly input: Cell;
  readonly output: Cell;
  readonly cost: Cell;
}

/** Tables of cells by what callers and vendors name things; bounded, so that no caller can fill the memory. */
export interface Tables {
  readonly providers: ReadonlyMap<string, ProviderCells>;
  provider(name: string): ProviderCells;
  target(provider: ProviderCells, model: string): TargetCells;
  key(id: string, team: string | undefined): KeyCells;
}

/** Providers are configured, or bundled; more than this are a caller's inventions. */
const maxProviders = 200;

export function tables(families: Families, maxSeries: number): Tables {
  const providers = new Map<string, ProviderCells>();
  const keys = new Map<string, Map<string, KeyCells>>();
  let [targetCount, keyCount] = [0, 0];

  function provider(name: string): ProviderCells {
    const found = providers.get(name);
    if (found !== undefined) return found;
    if (providers.size >= maxProviders && name !== other) return provider(other);
    const made = { name, models: new Map(), duration: new Map(), attempts: new Map(), recent: track() };
    providers.set(name, made);
    return made;
  }

  function target(of: ProviderCells, model: string): TargetCells {
    const found = of.models.get(model);
    if (found !== undefined) return found;
    if (targetCount >= maxSeries && model !== other) return target(of, other);
    targetCount++;
    const made: TargetCells = { model, requests: new Map() };
    of.models.set(model, made);
    return made;
  }

  function key(id: string, team: string = none): KeyCells {
    let ofTeam = keys.get(team);
    const found = ofTeam?.get(id);
    if (found !== undefined) return found;
    if (keyCount >= maxSeries && id !== other) return key(other, other);
    keyCount++;
    if (ofTeam === undefined) keys.set(team, ofTeam = new Map());
    const made = {
      requests: families.keyRequests.cell(id, team),
      input: families.keyTokens.cell(id, team, "input"),
      output: families.keyTokens.cell(id, team, "output"),
      cost: families.keyCost.cell(id, team),
    };
    ofTeam.set(id, made);
    return made;
  }

  return { providers, provider, target, key };
}

export function paidCells({ tokens, cost, unpriced }: Families, provider: string, model: string): PaidCells {
  return {
    input: tokens.cell(provider, model, "input"),
    output: tokens.cell(provider, model, "output"),
    cached: tokens.cell(provider, model, "cached"),
    cacheWrite: tokens.cell(provider, model, "cache_write"),
    reasoning: tokens.cell(provider, model, "reasoning"),
    cost: cost.cell(provider, model),
    unpriced: unpriced.cell(provider, model),
  };
}
