/** Errors: one class per row of the table, the same in every copy of the package, printing nothing that is secret. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as door from "../../src/index.ts";
import type { ErrorCode, ErrorData } from "../../src/index.ts";
import { errorClasses, loomError, toLoomError } from "../../src/errors/classes.ts";
import { errorTable, LoomError } from "../../src/errors/index.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

function make(code: ErrorCode): LoomError {
  return loomError(code, "it failed", {} as ErrorData[ErrorCode]);
}

describe("the table", () => {
  for (const code of codes) {
    it(`makes ${code} of the class it names, which the package exports`, () => {
      const row = errorTable[code];
      const Class = errorClasses[row.class];
      assert.ok(Class !== undefined, row.class);
      assert.equal((door as Record<string, unknown>)[row.class], Class);
      const error = make(code);
      assert.ok(error instanceof Class && error instanceof LoomError && error instanceof Error);
      assert.equal(error.name, row.class);
      assert.deepEqual([error.code, error.status, error.recovery], [code, row.status, row.recovery]);
      assert.ok(LoomError.is(error, code) && LoomError.is(error, "internal", code) && LoomError.is(error));
      assert.ok(!LoomError.is(error, code === "internal" ? "closed" : "internal"));
      assert.match(String(error.stack), new RegExp(row.class));
    });
  }

  it("has sensible columns", () => {
    for (const [code, { status, exit, meaning, recovery }] of Object.entries(errorTable)) {
      assert.ok(status >= 400 && status <= 599, code);
      assert.ok(exit > 0 && exit < 256, code);
      assert.match(meaning, /^[A-Z].+\.$/, code);
      assert.ok(["never", "same-target", "next-target"].includes(recovery), code);
    }
  });

  it("uses every class", () => {
    const used = new Set(Object.values(errorTable).map((row) => row.class));
    assert.deepEqual(Object.keys(errorClasses).filter((name) => !used.has(name)), []);
  });
});

describe("instanceof", () => {
  it("follows the classes and no others", () => {
    const timeout = make("timed-out");
    assert.ok(timeout instanceof door.TimeoutError && timeout instanceof door.ProviderError);
    assert.ok(!(timeout instanceof door.AuthError) && !(timeout instanceof door.StreamBrokenError));
    assert.ok(!(make("provider-failed") instanceof door.TimeoutError), "a parent is not its child");
    for (const other of [new Error("x"), { code: "timed-out" }, null, undefined, "timed-out", () => {}]) {
      assert.ok(!(other instanceof LoomError) && !LoomError.is(other));
    }
  });

  it("holds across two copies of the package", async () => {
    const copy: typeof import("../../src/errors/classes.ts") = await import(
      new URL("../../src/errors/classes.ts?copy", import.meta.url).href
    );
    assert.notEqual(copy.RateLimitError, door.RateLimitError);
    const foreign = copy.loomError("rate-limited", "slow down", {});
    assert.ok(
      foreign instanceof door.RateLimitError && foreign instanceof LoomError && LoomError.is(foreign),
    );
    assert.ok(!(foreign instanceof door.AuthError));
    assert.ok(make("rate-limited") instanceof copy.RateLimitError);
  });
});

describe("LoomError", () => {
  const cause = new Error("socket hang up");
  const details = {
    provider: "openai",
    model: "gpt-4o-mini",
    status: 418,
    retryAfterMs: 2000,
    requestId: "req_1",
    cause,
    recovery: "never" as const,
  };

  it("carries what is known, and lets it win over the table", () => {
    const error = loomError("rate-limited", "slow down", {}, details);
    const { provider, model, status, retryAfterMs, requestId, recovery } = error;
    assert.deepEqual(
      { provider, model, status, retryAfterMs, requestId, cause: error.cause, recovery },
      details,
    );
    assert.equal(error.trace, undefined);
    assert.equal("cause" in make("closed"), false, "no cause is not the cause undefined");
  });

  it("prints as JSON without cause and stack", () => {
    const error = loomError("rate-limited", "slow down", {}, details);
    assert.deepEqual(JSON.parse(JSON.stringify(error)), {
      name: "RateLimitError",
      code: "rate-limited",
      message: "slow down",
      status: 418,
      provider: "openai",
      model: "gpt-4o-mini",
      retryAfterMs: 2000,
      requestId: "req_1",
      data: {},
    });
  });
});

describe("toLoomError()", () => {
  it("gives Loom's own errors back and wraps all others as internal", () => {
    const own = make("closed");
    assert.equal(toLoomError(own, "here"), own);
    for (
      const [thrown, text] of [[new RangeError("5"), "5"], ["text", "text"], [undefined, "undefined"], [
        null,
        "null",
      ]] as const
    ) {
      const error = toLoomError(thrown, "a middleware");
      assert.equal(error.code, "internal");
      assert.equal(error.message, `a middleware threw: ${text}`);
      assert.equal(error.cause, thrown);
    }
  });
});
