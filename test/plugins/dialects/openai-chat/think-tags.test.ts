import assert from "node:assert/strict";
import { test } from "node:test";
import { ThinkTags } from "../../../../plugins/dialects/openai-chat/think-tags.ts";

/** Splits a text that arrives in the given pieces, and joins what is alike. */
function split(pieces: readonly string[]): { text: string; reasoning: string } {
  const tags = new ThinkTags();
  const told = { text: "", reasoning: "" };
  for (const piece of [...pieces.flatMap((text) => tags.push(text)), ...tags.end()]) {
    told[piece.type] += piece.text;
  }
  return told;
}

const cases: readonly [string, string, string][] = [
  ["Hi.", "Hi.", ""],
  ["<think>Hm</think>Hi.", "Hi.", "Hm"],
  ["\n <think>\nHm\n</think>\n\nHi.\n", "Hi.\n", "\nHm\n"],
  ["<think></think>Hi.", "Hi.", ""],
  ["<think>\n\n</think>\n\nHi.", "Hi.", ""],
  ["<think> \n", "", ""],
  ["<think>\n \nHm \n</think>Hi.", "Hi.", "\n \nHm \n"],
  ["<think>a </thin b</think>c", "c", "a </thin b"],
  ["<think>a < b</think>c", "c", "a < b"],
  ["<thinking>no</thinking>", "<thinking>no</thinking>", ""],
  ["<thin", "<thin", ""],
  ["  ", "  ", ""],
  ["Hi <think>later</think>", "Hi <think>later</think>", ""],
  ["<think>cut off", "", "cut off"],
  ["<think>cut</thi", "", "cut</thi"],
  ["<think>a</think>b<think>c</think>", "b<think>c</think>", "a"],
  ["", "", ""],
];

for (const [whole, text, reasoning] of cases) {
  test(`ThinkTags splits ${JSON.stringify(whole)} wherever it is cut`, () => {
    assert.deepEqual(split([whole]), { text, reasoning });
    assert.deepEqual(split([...whole]), { text, reasoning });
    for (let at = 1; at < whole.length; at++) {
      assert.deepEqual(split([whole.slice(0, at), whole.slice(at)]), { text, reasoning }, `cut at ${at}`);
    }
  });
}
