/** Whatever a text holds: no guard throws, findings lie within it in order, and hostile texts take no longer than others. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { finder, measured } from "../../eval/guards/guards.ts";
import content from "../../../plugins/guards/content/index.ts";
import { hostileTexts, microsPerKb } from "../../eval/guards/timing.ts";

const guards = [
  ...await measured(),
  {
    name: "content with everything",
    find: await finder(content, {
      deny: ["a", "aa", "a b", "ß", "赌"],
      allow: ["aa a"],
      patterns: [{ pattern: "(a|b)*c" }, { pattern: "." }],
      languages: ["en"],
      maxInputChars: 20,
    }),
  },
];

/** Pieces that begin something, in any order, with anything between. */
const pieces = fc.constantFrom(
  ..."sk-|sk-ant-api03-|AKIA|ghp_|eyJhbGciOiJIUzI1NiJ9|.|-----BEGIN PRIVATE KEY-----|-----END |password=|://|:|@|://u:p@|Bearer "
    .split("|"),
  ..."](|![|[a]: |<img src=|href='|javascript:|https://|xn--|&#x110000;|&#0;|%E0|%|\\ud800|\\u|//|www.|data:"
    .split("|"),
  ..."ignore all |previous |instructions|忽略|指令|игнорируй |i g n o r e |vtaber |\u200b|\u{e0041}|\u0430|ﷺ|ß|İ|ł|\ud800|\udc00"
    .split("|"),
  ..."+49 |00|1|0-|4111 |DE89|2001:|::|@x.de|Via Roma |12 |rue de la |٠|０|- |(|\n| ".split("|"),
);
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const anyText = fc.array(
  fc.oneof({ weight: 3, arbitrary: pieces }, { weight: 1, arbitrary: unit }, {
    weight: 1,
    arbitrary: fc.string(),
  }),
  {
    maxLength: 40,
  },
).map((all) => all.join(""));

describe("any guard, on any text,", () => {
  for (const { name, find } of guards) {
    it(`${name}: does not throw, and finds places within it, in order`, () => {
      fc.assert(
        fc.property(anyText, fc.constantFrom("user" as const, "tool" as const), (text, role) => {
          let before = 0;
          const places = find(text, role);
          for (const { start, end, kind, score } of places) {
            assert.ok(start >= 0 && end > start && end <= text.length, `${start}-${end} of ${text.length}`);
            assert.ok(score >= 0 && score <= 1 && /^[A-Za-z][A-Za-z0-9_]*$/.test(kind));
            // What is said of a text as a whole lies under all others.
            if (start === 0 && end === text.length) continue;
            assert.ok(start >= before, `${kind} begins at ${start}, before ${before}`);
            before = end;
          }
        }),
        { numRuns: 300 },
      );
    });

    it(`${name}: takes linear time`, () => {
      for (const [text, long] of hostileTexts(20_000)) {
        const micros = microsPerKb(find, long, 1);
        // Quadratic ones take a hundred times as much as others at this size; a busy machine, ten times.
        assert.ok(micros < 15_000, `${text}: ${micros.toFixed(0)} microseconds per kB`);
      }
    });
  }
});
