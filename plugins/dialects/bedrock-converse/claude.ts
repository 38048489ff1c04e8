/** What a Claude model on Bedrock takes, told from its name: each generation refuses what it does not know. */

export interface Claude {
  /** How much it thinks is asked for as an effort, as a number of tokens, or not at all. */
  readonly thinking: "adaptive" | "budget" | "none";
  /** It cannot be told not to think. */
  readonly alwaysThinks: boolean;
  /** Weakest first. */
  readonly efforts: readonly string[];
  readonly temperature: boolean;
  /** Whether `temperature` and `topP` may be given together. */
  readonly bothSamplings: boolean;
  readonly forcedTools: boolean;
}

/** Reads `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `anthropic.claude-3-7-sonnet-20250219-v1:0` and the like. */
export function claudeOf(modelId: string): Claude {
  const older = /claude-(\d)(?:-(\d))?-(opus|sonnet|haiku)/.exec(modelId);
  if (older !== null) return describe(older[3] as string, versionOf(older[1], older[2]));
  const named = /claude-([a-z]+)(?:-(\d{1,2})(?!\d)(?:-(\d{1,2})(?!\d))?)?/.exec(modelId);
  // Ids of profiles name no model: they are most likely new, and take what all of them take.
  if (named === null) return describe("sonnet", 405);
  const [, family = "", major, minor] = named;
  if (family === "instant" || family === "v") return describe("sonnet", 200);
  return describe(family, major === undefined ? Infinity : versionOf(major, minor));
}

/** 4.6 is 406. */
function versionOf(major: string | undefined, minor: string | undefined): number {
  return Number(major) * 100 + Number(minor ?? 0);
}

function describe(family: string, version: number): Claude {
  const large = family === "fable" || family === "mythos";
  const newOpus = family === "opus" && version >= 505;
  const adaptive = large || version >= 406;
  const upToHigh = ["low", "medium", "high"];
  return {
    thinking: adaptive ? "adaptive" : version >= 307 ? "budget" : "none",
    alwaysThinks: large || newOpus,
    efforts: large || version >= 407 ? [...upToHigh, "xhigh", "max"] : [...upToHigh, "max"],
    temperature: !large && version < 407,
    bothSamplings: version < 401,
    forcedTools: large ? version < 501 : !newOpus,
  };
}
