import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allows } from "../../../src/gateway/keys/models.ts";
import type { Principal } from "../../../src/gateway/options.ts";

const principal = (models?: readonly string[]): Principal => ({
  id: "a",
  mayRoute: false,
  allowances: [],
  ...(models !== undefined && { models }),
});

const cases:
  readonly (readonly [models: readonly string[] | undefined, string, string | undefined, boolean])[] = [
    [undefined, "anything", undefined, true],
    [[], "anything", undefined, false],
    [["*"], "anything", "openai/gpt-4o", true],
    [["gpt-4o"], "gpt-4o", undefined, true],
    [["gpt-4o"], "gpt-4o-mini", "openai/gpt-4o-mini", false],
    [["gpt-*"], "gpt-4o", "openai/gpt-4o", true],
    [["gpt-*"], "openai/gpt-4o", undefined, true],
    [["gpt-*"], "best", "openai/gpt-4o", true],
    [["gpt-*"], "best", "anthropic/claude", false],
    [["openai/*"], "gpt-4o", "openai/gpt-4o", true],
    [["openai/*"], "gpt-4o", undefined, false],
    [["openai/*"], "gpt-4o", "azure/gpt-4o", false],
    [["openai/*"], "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o", false],
    [["o3", "claude-*"], "o3", undefined, true],
    [["best"], "best", "anthropic/claude", true],
  ];

describe("a key's models", () => {
  for (const [models, asked, resolved, allowed] of cases) {
    it(`${JSON.stringify(models)} ${allowed ? "allow" : "refuse"} ${asked}${resolved ? ` -> ${resolved}` : ""}`, () => {
      const caller = principal(models);
      assert.equal(allows(caller, asked, resolved), allowed);
      assert.equal(allows(caller, asked, resolved), allowed, "the second time, compiled");
    });
  }
});
