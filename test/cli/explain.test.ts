/** `loom explain`: the dry run of a request, as text and as JSON. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { explanationText } from "../../src/cli/explain.ts";
import type { Explanation } from "../../src/index.ts";
import { folderOf } from "../support/folder.ts";
import { commandOf, loom } from "./loom-command.ts";

const request = { model: "sandbox/sandbox-small", prompt: "hi", params: { max_tokens: 100 } };

describe("loom explain", () => {
  it("shows candidates, limits, cache and chain of a request in a file, and in standard input", async () => {
    await using folder = await folderOf({
      "request.json": JSON.stringify(request),
      "loom.yaml": "cache: { type: memory }\nlimits: { all: [{ scope: all, requests_per_minute: 5 }] }\n",
    });
    const [text, piped] = await Promise.all([
      loom(["explain", "-f", "request.json", "-c", "loom.yaml"], folder.path),
      explainPiped(JSON.stringify(request), folder.path),
    ]);
    assert.deepEqual([text.code, text.stderr], [0, ""]);
    const [verdict, , heading = "", candidate = "", , limitHeading = "", limit = ""] = text.stdout.split(
      "\n",
    );
    assert.equal(verdict, "sandbox/sandbox-small would be asked first.");
    assert.match(heading, /^CANDIDATE +READY +KEY +BREAKER +TOK IN +TOK OUT +COST AT MOST$/);
    assert.match(candidate, /^sandbox\/sandbox-small +yes +not needed +closed +\d+ +100 +\$0\.0000\d+$/);
    assert.match(limitHeading, /^LIMIT OF +WHAT +LEFT +OF +RESERVES +FITS +UNTIL$/);
    assert.match(limit, /^all +requestsPerMinute +5 +5 +1 +yes +\d{4}-.* UTC$/);
    assert.match(text.stdout, /\ncache {3}miss\nguards {2}none\nchain {3}telemetry > .* > adapter\n$/);
    assert.equal((JSON.parse(piped) as Explanation).candidates[0]?.estimate?.outputTokens, 100);
  });

  it("says why nobody can be asked, and what is wrong with its words", async () => {
    await using folder = await folderOf({ "bad.json": "[1]" });
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [
        ["-m", "openai/gpt-4o-mini", "--prompt", "hi"],
        0,
        /^No candidate can be asked: no key: set OPENAI_API_KEY\n/,
      ],
      [["-f", "bad.json"], 65, /bad\.json must hold one JSON object/],
      [["-f", "none.json"], 66, /cannot read none\.json/],
      [[], 65, /model is missing/],
    ];
    const ended = await Promise.all(cases.map(([args]) => loom(["explain", ...args], folder.path)));
    for (const [index, [args, code, says]] of cases.entries()) {
      const { stdout = "", stderr = "", code: found } = ended[index] ?? {};
      assert.match(stdout + stderr, says, args.join(" "));
      assert.equal(found, code, args.join(" "));
    }
  });
});

function explainPiped(text: string, cwd: string): Promise<string> {
  const { file, parameters, env } = commandOf(["explain", "-f", "-", "--json"]);
  const child = spawn(file, parameters, { cwd, env });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => stdout += piece);
  child.stdin.end(text);
  return new Promise((resolve) => child.on("close", () => resolve(stdout)));
}

describe("an explanation as text", () => {
  const ready = { name: "a/b", ready: true } as const;
  const base: Explanation = { chain: ["telemetry"], guards: ["no-poems"], candidates: [ready], cache: "off" };
  const limit = { scope: "all", limit: "budget per day", max: 1, remaining: 0.25, needs: 0.5, fits: false };
  const cases: readonly (readonly [string, Partial<Explanation>, RegExp])[] = [
    [
      "a budget that is too small",
      { limits: [limit] },
      /^It would be refused: all has too little left of its budget per day\.\n/,
    ],
    [
      "figures of budgets in USD",
      { limits: [limit] },
      /\nall +budget per day +\$0\.25 +\$1\.00 +\$0\.50 +no\n/,
    ],
    ["a stored answer", { cache: "hit", limits: [limit] }, /^The answer is in the cache/],
    ["limits that are not known", { limitsFault: "no store" }, /\nlimits are not known: no store\n/],
    ["guards in order", {}, /\nguards {2}no-poems\n/],
    [
      "reasons whole",
      { candidates: [{ name: "a/b", ready: false, reason: "r".repeat(100) }] },
      / {2}r{100}\n/,
    ],
  ];
  for (const [what, change, says] of cases) {
    it(`says ${what}`, () => assert.match(explanationText({ ...base, ...change }), says));
  }
});
