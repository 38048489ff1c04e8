/** What holds of guards for any text, any way to split it, and the guards that ship. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Guard } from "../../src/contract/guard.ts";
import type { Part } from "../../src/contract/part.ts";
import piiPlugin from "../../plugins/guards/pii/index.ts";
import secretsPlugin from "../../plugins/guards/secrets/index.ts";
import { finish } from "../kernel/scripted.ts";
import { findKeys, guarded, keys, mails, rule, said, textOf } from "./guard-setup.ts";

const use = () => undefined as never;

/** Parts of random lengths, of the kinds that may take turns. */
function inParts(whole: string, sizes: readonly number[], between: readonly Part[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    parts.push({ type: "text", text: whole.slice(at, at + size) });
    const other = between[turn % (between.length + 1)];
    if (other !== undefined) parts.push(other);
    at += size;
  }
  return [...parts, finish];
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
const between = fc.array(
  fc.constantFrom<Part>(
    { type: "citation", citation: { url: "https://a.test" } },
    { type: "reasoning", text: "hm" },
    { type: "text", text: "another", choice: 1 },
    { type: "tool-call-delta", index: 0, text: "{}" },
    { type: "warning", code: "w", message: "m" },
  ),
  { maxLength: 3 },
);

describe("a streamed answer", () => {
  const word = fc.oneof(
    fc.constantFrom("KEY-12345678", "KEY-", "KEY-1234567", "KEY-12345678KEY-12345678", "a@b.cc", " ", "\n"),
    fc.string({ maxLength: 20 }),
  );

  it("says what the whole one says, however it is split and whatever comes between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 30 }), sizes, between, async (words, lengths, others) => {
        const answer = words.join("");
        const rules = [rule(keys, { action: "redact" }), rule(mails, { action: "redact" })];
        const whole = await guarded(rules).ask({}, () => [{ type: "text", text: answer }, finish]);
        const streamed = await guarded(rules).ask({ stream: true }, () => inParts(answer, lengths, others));
        const first = streamed.parts.filter((part) => part.type === "text" && part.choice === undefined);
        assert.equal(textOf(first), whole.text);
        assert.deepEqual(findKeys(whole.text), []);
      }),
      { numRuns: 300 },
    );
  });

  it("is blocked when the whole one is, with nothing of the finding outside", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 30 }), sizes, between, async (words, lengths, others) => {
        const answer = words.join("");
        const { error, parts } = await guarded([rule(keys)]).ask(
          { stream: true },
          () => inParts(answer, lengths, others),
        );
        const [found] = findKeys(answer);
        assert.equal(error?.code, found === undefined ? undefined : "guard-blocked");
        const out = textOf(parts.filter((part) => part.type === "text" && part.choice === undefined));
        assert.ok(answer.startsWith(out) && out.length <= (found?.start ?? answer.length));
      }),
      { numRuns: 300 },
    );
  });
});

describe("the guards that ship", () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      "ann.lee@example.com",
      "+49 30 901820",
      "4111 1111 1111 1111",
      "DE89 3704 0044 0532 0130 00",
      "192.168.10.44",
      `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`,
      "[EMAIL_1]",
      "[CARD_2]",
      "\n",
      " and ",
      '"',
      "\\",
    ),
    fc.string({ unit: "binary", maxLength: 12 }),
  );

  it("redact, then restore, is the identity, whole and streamed, as text and as arguments of tools", async () => {
    const rules = [
      rule(await piiPlugin.make(use, { ...parsed(piiPlugin) }) as Guard, { action: "redact", output: false }),
      rule(await secretsPlugin.make(use, { ...parsed(secretsPlugin) }) as Guard, {
        action: "redact",
        output: false,
      }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fragment, { maxLength: 12 }),
        sizes,
        fc.boolean(),
        async (words, lengths, stream) => {
          const asked = words.join("");
          const { parts } = await guarded(rules).ask({ ...said(asked), stream }, ({ call }) => {
            const seen = String(call.messages[0]?.content);
            const args = JSON.stringify({ seen });
            return [
              ...inParts(seen, lengths, []).slice(0, -1),
              { type: "tool-call", index: 0, id: "1", name: "f", arguments: args },
              finish,
            ];
          });
          assert.equal(textOf(parts), asked);
          const call = parts.find((part) => part.type === "tool-call");
          assert.deepEqual(JSON.parse(call?.arguments ?? ""), { seen: asked });
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The defaults of a plugin's options. */
function parsed<O>(
  { options }: {
    readonly options?: {
      safeParse(input: unknown): { readonly success: true; readonly data: O } | { readonly success: false };
    };
  },
): O {
  const read = options?.safeParse({});
  assert.ok(read?.success);
  return read.data;
}
