/** Where middlewares come to stand, and what is refused. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Middleware } from "../../src/contract/middleware.ts";
import { arrange, type BuiltIns, stages } from "../../src/middleware/arrange.ts";
import { LoomError } from "../../src/errors/index.ts";

const handle = () => Promise.reject(new Error("not called"));

function middleware(fields: object): Middleware {
  return { handle, ...fields } as unknown as Middleware;
}

const builtIns: BuiltIns = {
  retry: middleware({ name: "retry", stage: "retry", replaces: "retry" }) as never,
  cache: middleware({ name: "cache", stage: "cache", replaces: "cache" }) as never,
  telemetry: middleware({ name: "telemetry", stage: "telemetry", replaces: "telemetry" }) as never,
};

function names(...added: object[]): string[] {
  return arrange(builtIns, added.map(middleware)).map(({ name }) => name);
}

describe("arrange", () => {
  it("puts built-in links in the order of the stages", () => {
    assert.deepEqual(names(), ["telemetry", "cache", "retry"]);
    assert.equal(stages.length, 11);
  });

  const orders: readonly [string, readonly object[], readonly string[]][] = [
    ["outside of the built-in link by default", [{ name: "a", stage: "cache" }], ["a", "cache"]],
    ["outside with before", [{ name: "a", stage: "cache", before: true }], ["a", "cache"]],
    ["inside with after", [{ name: "a", stage: "cache", after: true }], ["cache", "a"]],
    [
      "those added first outermost",
      [
        { name: "in1", stage: "cache", after: true },
        { name: "out1", stage: "cache" },
        { name: "in2", stage: "cache", after: true },
        { name: "out2", stage: "cache" },
      ],
      ["out1", "out2", "cache", "in1", "in2"],
    ],
    [
      "a replacement in the built-in link's place",
      [
        { name: "in", stage: "cache", after: true },
        { name: "mine", stage: "cache", replaces: "cache" },
        { name: "out", stage: "cache" },
      ],
      ["out", "mine", "in"],
    ],
    [
      "a replacement of the same name",
      [{ name: "cache", stage: "cache", replaces: "cache", mine: true }],
      ["cache"],
    ],
    [
      "a replacement of a replacement",
      [
        { name: "one", stage: "cache", replaces: "cache" },
        { name: "two", stage: "cache", replaces: "one" },
      ],
      ["two"],
    ],
  ];
  for (const [name, added, expected] of orders) {
    it(`places ${name}`, () => {
      assert.deepEqual(names(...added), ["telemetry", ...expected, "retry"]);
    });
  }

  it("lets a link stand in for a stage that has no built-in one", () => {
    assert.deepEqual(names({ name: "mine", stage: "dedup", replaces: "dedup" }), [
      "telemetry",
      "cache",
      "mine",
      "retry",
    ]);
  });

  const refused: readonly [string, object, readonly string[]][] = [
    ["an unknown stage", { name: "a", stage: "cash" }, ['"cash"', "telemetry, cost"]],
    ["no name", { stage: "cache" }, ["needs a name"]],
    ["an empty name", { name: "", stage: "cache" }, ["needs a name"]],
    ["no handle", { name: "a", stage: "cache", handle: undefined }, ["handle(ctx, next)"]],
    ["a name that is taken", { name: "retry", stage: "cache" }, ['"retry"', "taken", "replaces"]],
    ["replacing nobody", { name: "a", stage: "cache", replaces: "ghost" }, ['"ghost"', "no middleware"]],
  ];
  for (const [name, added, words] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => names(added),
        (error) =>
          LoomError.is(error, "plugin-invalid") && words.every((word) => error.message.includes(word)),
      );
    });
  }
});
