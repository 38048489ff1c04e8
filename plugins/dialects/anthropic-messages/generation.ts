/** What a Claude model takes, told from its name: the API refuses what a generation does not know. */

/** How much a model thinks can be asked for in one of two forms; neither where it does not think. */
export type ThinkingForm = "adaptive" | "budget" | "none";

export interface Generation {
  readonly thinking: ThinkingForm;
  /** It always thinks: `thinking.type: disabled` is refused. */
  readonly alwaysThinks: boolean;
  /** What `output_config.effort` may be, weakest first; empty: the field is refused. */
  readonly efforts: readonly string[];
  /** `temperature`, `top_p` and `top_k` may differ from their defaults. */
  readonly sampling: boolean;
  /** `temperature` and `top_p` may both be given. */
  readonly bothSamplings: boolean;
  /** A tool call may be demanded. */
  readonly forcedTools: boolean;
  /** `output_config.format` and `strict` tools. */
  readonly schemas: boolean;
  /** Turns of role `system` between the others. */
  readonly systemTurns: boolean;
}

const upToHigh = ["low", "medium", "high"];
const upToMax = [...upToHigh, "max"];
const all = [...upToHigh, "xhigh", "max"];

/** A model of a host that speaks this wire format, and is no Claude: only what every such host knows. */
const unknown: Generation = {
  thinking: "budget",
  alwaysThinks: false,
  efforts: [],
  sampling: true,
  bothSamplings: true,
  forcedTools: true,
  schemas: false,
  systemTurns: false,
};

const known = new Map<string, Generation>();

/**
 * Reads the family and version out of names such as `claude-opus-4-6`, `claude-3-7-sonnet-20250219` or
 * `us.anthropic.claude-haiku-4-5@20251001`. Families without a version count as the newest.
 *
 * Sources: platform.claude.com/docs/en/build-with-claude pages thinking, thinking-troubleshooting, effort,
 * structured-outputs and mid-conversation-system-messages, and the migration guides of Opus, Sonnet and Haiku 5.5, October 2026.
 */
export function generationOf(model: string): Generation {
  let generation = known.get(model);
  if (generation === undefined) {
    generation = judge(model.toLowerCase());
    if (known.size < 1_000) known.set(model, generation);
  }
  return generation;
}

function judge(model: string): Generation {
  if (/claude-(v?[12]\b|instant)/.test(model)) return describe("opus", 200);
  const older = /claude-(\d)(?:[-.](\d))?-(opus|sonnet|haiku)/.exec(model);
  if (older !== null) return describe(older[3] as string, versionOf(older[1], older[2]));
  const named = /claude-([a-z]+)(?:-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?)?/.exec(model);
  if (named === null) return unknown;
  const [, family = "", major, minor] = named;
  if (family === "mythos" && major === undefined) return mythosPreview;
  return describe(family, major === undefined ? Infinity : versionOf(major, minor));
}

/** 4.6 is 406. */
function versionOf(major: string | undefined, minor: string | undefined): number {
  return Number(major) * 100 + Number(minor ?? 0);
}

function describe(family: string, version: number): Generation {
  const opus = family === "opus";
  const large = family === "fable" || family === "mythos";
  const adaptive = large || version >= 406;
  return {
    thinking: adaptive ? "adaptive" : version >= 307 ? "budget" : "none",
    alwaysThinks: large || (opus && version >= 505),
    efforts: large || version >= 407 ? all : adaptive ? upToMax : opus && version >= 405 ? upToHigh : [],
    sampling: !large && version < 407,
    bothSamplings: version < 401,
    forcedTools: large ? version < 501 : !(opus && version >= 505),
    schemas: version >= 405 || (opus && version >= 401),
    systemTurns: large || version >= (opus ? 408 : 505),
  };
}

/** The preview came before the versions did. */
const mythosPreview: Generation = { ...describe("mythos", 500), efforts: upToMax, systemTurns: false };
