/** The block `security`: guards by the names of their dangers, or in the general form, and the options of a Loom they make. */

import { z } from "zod";
import { camelKeys } from "../../client/config-file.ts";
import type { GuardAction } from "../../contract/guard.ts";
import type { Steps } from "./fault.ts";
import { defined, plugin, type PluginWritten, type Timed, timed, timeOf } from "./values.ts";

interface RuleWritten extends Timed<"budget"> {
  readonly input?: boolean | undefined;
  readonly output?: boolean | undefined;
  readonly min_score?: number | undefined;
  readonly on_unavailable?: "open" | "closed" | undefined;
  readonly sample?: number | undefined;
  readonly shadow?: boolean | undefined;
}

/** Options of the guard stand beside those of the rule. */
interface NamedWritten extends RuleWritten {
  readonly enabled?: boolean | undefined;
  readonly action?: GuardAction | undefined;
  readonly [option: string]: unknown;
}

interface GeneralWritten extends RuleWritten {
  readonly guard: PluginWritten;
  readonly action: GuardAction;
}

interface Named {
  readonly type: string;
  readonly action: GuardAction;
  /** What the guard itself calls its bound. */
  readonly score?: string;
}

type Name = "pii" | "secrets" | "prompt_injection" | "content_filter" | "url";

/**
 * In the order in which they judge: what is cut out is gone before anything is asked of a model. None of them is on unless the
 * file names it.
 */
const named: Readonly<Record<Name, Named>> = {
  pii: { type: "pii", action: "redact", score: "minScore" },
  secrets: { type: "secrets", action: "redact", score: "minScore" },
  prompt_injection: { type: "prompt-injection", action: "block", score: "threshold" },
  content_filter: { type: "content", action: "block" },
  url: { type: "url", action: "redact" },
};

const names = Object.keys(named) as Name[];

export interface SecurityWritten extends Readonly<Partial<Record<Name, NamedWritten | undefined>>> {
  readonly enabled?: boolean | undefined;
  readonly guards?: readonly GeneralWritten[] | undefined;
}

const share = "must be a number from 0 to 1";
const action = z.enum(["flag", "redact", "block"]);
const ruleShape = {
  input: z.boolean().optional(),
  output: z.boolean().optional(),
  min_score: z.number().min(0, share).max(1, share).optional().describe(
    "Findings less sure than this are none",
  ),
  on_unavailable: z.enum(["open", "closed"]).optional()
    .describe("What becomes of a call that the guard could not judge"),
  sample: z.number().min(0, share).max(1, share).optional().describe("The share of calls that are judged"),
  shadow: z.boolean().optional().describe("Judge and record, and do nothing"),
  ...timed("budget"),
};

function namedSchema(name: Name): z.ZodType<NamedWritten | undefined> {
  const { type, action: usual } = named[name];
  return z.looseObject({ enabled: z.boolean().optional(), action: action.optional(), ...ruleShape })
    .describe(`The guard ${type}, with its own options beside these; action is ${usual} by default`)
    .optional();
}

export const securitySchema: z.ZodType<SecurityWritten> = z.strictObject({
  enabled: z.boolean().optional(),
  pii: namedSchema("pii"),
  secrets: namedSchema("secrets"),
  prompt_injection: namedSchema("prompt_injection"),
  content_filter: namedSchema("content_filter"),
  url: namedSchema("url"),
  guards: z.array(z.strictObject({ guard: plugin, action, ...ruleShape })).optional()
    .describe("More guards, which judge after those above"),
});

type Options = Readonly<Record<string, unknown>>;

/** A guard with its place below `security`. */
interface Placed {
  readonly steps: Steps;
  readonly rule: Options;
}

/** The guards in the order in which they judge. */
export function guardsOf(security: SecurityWritten): readonly Placed[] {
  if (security.enabled === false) return [];
  const general = (security.guards ?? []).map((written, index): Placed => ({
    steps: ["guards", index],
    rule: { guard: camelKeys(written.guard, ""), ...ruleOf(written, written.action), ...scored(written) },
  }));
  return [
    ...names.flatMap((name): Placed[] => {
      const written = security[name];
      if (written === undefined || written.enabled === false) return [];
      return [{ steps: [name], rule: namedRule(name, written) }];
    }),
    ...general,
  ];
}

const ruleFields: ReadonlySet<string> = new Set([...Object.keys(ruleShape), "enabled", "action"]);

function namedRule(name: Name, written: NamedWritten): Options {
  const { type, action: usual, score } = named[name];
  const own = Object.entries(written).filter(([field]) => !ruleFields.has(field));
  const options = camelKeys(Object.fromEntries(own), "") as Options;
  const { min_score: least } = written;
  // A guard with a bound of its own would drop what lies below it, whatever the rule says.
  const bounded = score !== undefined && least !== undefined && !(score in options);
  return {
    guard: { type, ...options, ...(bounded && { [score]: least }) },
    ...ruleOf(written, written.action ?? usual),
    ...(!bounded && scored(written)),
  };
}

function scored({ min_score: minScore }: RuleWritten): Options {
  return defined({ minScore });
}

function ruleOf(written: RuleWritten, chosen: GuardAction): Options {
  return {
    action: chosen,
    ...defined({
      input: written.input,
      output: written.output,
      budgetMs: timeOf(written, "budget"),
      onUnavailable: written.on_unavailable,
      sample: written.sample,
      shadow: written.shadow,
    }),
  };
}
