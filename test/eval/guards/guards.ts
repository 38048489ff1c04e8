/** The guards of the evaluation with the options that they are measured with, and the texts for each. */

import content from "../../../plugins/guards/content/index.ts";
import pii from "../../../plugins/guards/pii/index.ts";
import injection from "../../../plugins/guards/prompt-injection/index.ts";
import secrets from "../../../plugins/guards/secrets/index.ts";
import url from "../../../plugins/guards/url/index.ts";
import { foundLanguage } from "../../../plugins/guards/content/language.ts";
import type { Finding, Guard, GuardedText, Plugin } from "../../../src/plugin.ts";
import { fakePlanned } from "../../../src/testing.ts";
import { optionsOf } from "../../support/options.ts";
import { useOf } from "../../support/use.ts";
import { type Case, type JudgedCase, judgedCases, spanCases } from "./cases.ts";
import { type Score, scoreSpans, scoreTexts } from "./score.ts";

/** What a guard finds in one text. */
export type Find = (text: string, role?: GuardedText["role"]) => readonly Finding[];

export interface Measured {
  readonly name: string;
  readonly find: Find;
  score(half: Case["half"]): Score;
}

const ctx = fakePlanned();

/** Makes a guard as a Loom would. */
export async function guardOf<O>(plugin: Plugin<"guard", O>, options: object = {}): Promise<Guard> {
  return await plugin.make(useOf(), optionsOf(plugin, options));
}

/** Guards of this evaluation answer at once. */
export async function finder<O>(plugin: Plugin<"guard", O>, options: object = {}): Promise<Find> {
  const guard = await guardOf(plugin, options);
  return (text, role = "user") => {
    const found = guard.input?.({ role, text }, ctx) ?? [];
    if (found instanceof Promise) throw new Error(`guard ${plugin.id} makes promises`);
    return found;
  };
}

export async function measured(): Promise<readonly Measured[]> {
  return [
    spans("pii", await finder(pii)),
    spans("secrets", await finder(secrets)),
    injections(await finder(injection)),
    spans("url", await finder(url, { allowHosts: ["example.com", "*.example.com"], roles: ["user"] })),
    spans(
      "content",
      await finder(content, {
        deny: [
          "damnation",
          "blue falcon",
          "sex",
          "Scheiße",
          "dégueulasse",
          "cabrón",
          "赌博",
          "ギャンブル",
          "도박",
          "казино",
          "kumar",
          "قمار",
          "जुआ",
          "hazard",
        ],
        allow: ["sex education"],
        patterns: [{ pattern: "\\bacme-\\d+\\b", kind: "PROJECT", ignoreCase: true }],
      }),
    ),
    languages(),
  ];
}

function spans(name: string, find: Find): Measured {
  const cases = spanCases(name);
  return {
    name,
    find,
    score: (half) => scoreSpans(cases.filter((one) => one.half === half), ({ text }) => find(text)),
  };
}

function injections(find: Find): Measured {
  const cases: readonly JudgedCase[] = judgedCases("prompt-injection");
  return {
    name: "prompt-injection",
    find,
    score: (half) =>
      scoreTexts(cases.filter((one) => one.half === half), ({ text, role }) => find(text, role)),
  };
}

/** The languages of `content`: the whole text is of one kind, which is the language. */
function languages(): Measured {
  const cases = spanCases("languages").map((one) => ({
    ...one,
    expected: [{ start: 0, end: one.text.length, kind: one.language }],
  }));
  const find: Find = (text) => {
    const found = foundLanguage(text);
    return found === undefined
      ? []
      : [{ start: 0, end: text.length, kind: found.language, score: found.score }];
  };
  return {
    name: "content languages",
    find,
    score: (half) => scoreSpans(cases.filter((one) => one.half === half), ({ text }) => find(text)),
  };
}
