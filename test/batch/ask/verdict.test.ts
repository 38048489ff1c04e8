/** Whose failure it is. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Verdict, verdictOf } from "../../../src/batch/ask/verdict.ts";
import type { ErrorCode } from "../../../src/contract/error-code.ts";
import type { ErrorData } from "../../../src/contract/errors.ts";
import type { Attempt } from "../../../src/contract/receipt.ts";
import { errorTable, LoomError, loomError } from "../../../src/errors/index.ts";

function failed(code: ErrorCode): Attempt {
  return {
    provider: "p",
    model: "m",
    upstreamModel: "m",
    attempt: 1,
    startedMs: 0,
    latencyMs: 1,
    status: "failed",
    error: { code, message: "no", status: 500 },
  };
}

const { error: _, ...answered } = failed("internal");
const rejected: Attempt = { ...answered, status: "rejected" };

const single: Readonly<Record<Verdict, readonly ErrorCode[]>> = {
  job: [
    "auth-rejected",
    "key-missing",
    "quota-exhausted",
    "model-not-found",
    "permission-denied",
    "unsupported",
  ],
  congestion: ["rate-limited", "overloaded"],
  vendor: ["provider-failed", "connection-failed", "timed-out", "invalid-reply"],
  stopped: ["aborted", "closed"],
  row: ["context-too-long", "content-filtered", "invalid-request", "output-invalid", "guard-blocked"],
};

describe("verdictOf", () => {
  for (const [verdict, codes] of Object.entries(single)) {
    it(`${verdict}: ${codes.join(", ")}`, () => {
      for (const code of codes) {
        const error = new LoomError(code, "no", {} as ErrorData[typeof code]);
        assert.equal(verdictOf(error), verdict, code);
      }
    });
  }

  it("has one for every code of the table", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      if (code === "all-failed") continue;
      assert.ok(
        Object.keys(single).includes(verdictOf(new LoomError(code, "no", {} as ErrorData[typeof code]))),
      );
    }
  });

  const chains: readonly [what: string, attempts: readonly Attempt[], verdict: Verdict][] = [
    ["every candidate refuses the job", [failed("auth-rejected"), failed("model-not-found")], "job"],
    ["one candidate may yet answer other rows", [failed("auth-rejected"), failed("context-too-long")], "row"],
    ["one is only busy", [failed("auth-rejected"), failed("rate-limited")], "congestion"],
    ["one is only down", [failed("auth-rejected"), failed("provider-failed")], "vendor"],
    ["an answer was turned down", [rejected], "row"],
    ["nothing was tried", [], "vendor"],
    ["somebody stopped it", [failed("provider-failed"), failed("aborted")], "stopped"],
  ];
  for (const [what, attempts, verdict] of chains) {
    it(`with fallbacks: ${what}`, () => {
      assert.equal(verdictOf(loomError("all-failed", "no", { attempts })), verdict);
    });
  }
});
