/** The guard `secrets` finds keys by shape and chance, however a stream is cut, and lets examples of keys pass. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import secrets from "../../../plugins/guards/secrets/index.ts";
import { fakePlanned } from "../../../src/testing.ts";
import { spanCases } from "../../eval/guards/cases.ts";
import { finder, guardOf } from "../../eval/guards/guards.ts";
import { complaintsOf } from "../../support/options.ts";
import { found } from "./found.ts";
import { passed } from "./stream.ts";

const find = await finder(secrets);
const guard = await guardOf(secrets);
const ctx = fakePlanned();
const nothing = { start: 0, end: 0, kind: "" };
const through = (pieces: readonly string[]) =>
  passed(pieces, (text) => guard.output?.(text, ctx) ?? [], guard.windowChars ?? 256);

/** Texts of the evaluation with one secret, which the guard finds when they are whole. */
const leaks = spanCases("secrets").filter(({ text, expected }) =>
  expected.length === 1 &&
  found(find, text)[0] === `${expected[0]?.kind} ${text.slice(expected[0]?.start, expected[0]?.end)}`
);
const filler = "Nothing to see here, only words that come before and after. ".repeat(6);

/** One for each kind: what is cut at every character. */
const oneOfEach = [...new Map(leaks.map((one) => [one.expected[0]?.kind, one])).values()];

/** Whether some of the secret is in what left, which does not stand around it anyway. */
function showsSome(out: string, secret: string, around: string): boolean {
  for (let at = 0; at + 10 <= secret.length; at += 5) {
    const piece = secret.slice(at, at + 10);
    if (out.includes(piece) && !around.includes(piece)) return true;
  }
  return false;
}

/** What a name calls secret, and what only stands where one would. */
const values: readonly (readonly [text: string, ...findings: string[]])[] = [
  ["my password is Sommer2024!", "SECRET Sommer2024!"],
  ["the password is required"],
  ["API_KEY=AB12CD34EF56GH78", "SECRET AB12CD34EF56GH78"],
  ["API_KEY=PROD_API_KEY_2"],
  ["secret: /aB3dE/fG7hJ+kL9mN1pQ", "SECRET /aB3dE/fG7hJ+kL9mN1pQ"],
  ["secret: /run/secrets/db_password"],
  ["password=$DB_PASSWORD token=${TOKEN}"],
  ["password: P@ss-w0rd$9", "SECRET P@ss-w0rd$9"],
  ["max_tokens=100000"],
  ["token_id: 3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69"],
];

describe("secrets", () => {
  it("are split at every character, and never leave", () => {
    assert.ok(
      leaks.length > 60 && oneOfEach.length > 30,
      `${leaks.length} texts of ${oneOfEach.length} kinds`,
    );
    for (const { text, expected: [{ start, end, kind } = nothing] } of oneOfEach) {
      const secret = text.slice(start, end);
      for (let cut = start; cut <= end; cut++) {
        const out = through([`${filler}\n${text.slice(0, cut)}`, `${text.slice(cut)}\n${filler}`]);
        const around = text.slice(0, start) + text.slice(end);
        assert.ok(!showsSome(out, secret, around), `${kind} cut at ${cut - start} of ${secret.length}`);
      }
    }
  });

  it("come in small pieces, and never leave", () => {
    for (const { text, expected: [{ start, end, kind } = nothing] } of leaks) {
      const whole = `${filler}\n${text}\n${filler}`;
      // One character at a time, where that is not thousands of looks.
      const size = end - start > 300 ? 16 : 1;
      const pieces = Array.from(
        { length: Math.ceil(whole.length / size) },
        (_, at) => whole.slice(at * size, at * size + size),
      );
      const out = through(pieces);
      assert.ok(!showsSome(out, text.slice(start, end), text.slice(0, start) + text.slice(end)), kind);
      assert.ok(out.includes(`[${kind}]`), `${kind} leaves a mark`);
      assert.ok(out.startsWith(filler) && out.endsWith(filler), "and what stands around it is untouched");
    }
  });

  it("are found where a number stands before them", () => {
    const key = `:AA${"Hf3kQ9xLw7Tn2Bv5Yc8Rj1Hd6Ms4Pg0aX".slice(0, 33)}`;
    assert.deepEqual(found(find, `bot 1234987650${key} fails`), [`TELEGRAM_TOKEN ${key}`]);
  });

  for (const [text, ...findings] of values) {
    it(`are ${findings.length} in ${text}`, () => assert.deepEqual(found(find, text), findings));
  }

  it("may be allowed or ignored", async () => {
    const text = "password: Tr0ub4dor+3x and DB_PASSWORD=An0ther-0ne";
    assert.deepEqual(found(find, text), ["SECRET Tr0ub4dor+3x", "SECRET An0ther-0ne"]);
    assert.deepEqual(found(await finder(secrets, { allow: ["Tr0ub4dor+3x"] }), text), ["SECRET An0ther-0ne"]);
    assert.deepEqual(found(await finder(secrets, { ignore: ["SECRET"] }), text), []);
  });

  it("refuses options that it does not know", () => {
    assert.equal(complaintsOf(secrets, { minScore: "high" }).length, 1);
    assert.equal(complaintsOf(secrets, { ignore: ["jwt"] }).length, 1);
  });
});
