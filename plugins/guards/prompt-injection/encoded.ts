/** Text that is written so that people and filters do not read it: decoded one level, and looked at again. */

import { latinRules } from "./rules.ts";
import { applied, type Hit, scan, together } from "./scan.ts";
import { viewOf } from "./view.ts";

/** Longer runs are pictures and files; of them the beginning is enough. */
const longestRun = 4_000;
interface Encoding {
  readonly pattern: RegExp;
  readonly decode: (run: string) => string | undefined;
}

const encodings: readonly Encoding[] = [
  { pattern: /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,4000}={0,2}/g, decode: fromBase64 },
  { pattern: /(?<![0-9a-fA-F])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ :,]?){12,1000}/g, decode: fromHex },
  { pattern: /(?:%[0-9a-fA-F]{2}|[\w.~-]|\+){24,3000}/g, decode: fromPercent },
  { pattern: /(?:\\u[0-9a-fA-F]{4}|&#(?:x[0-9a-fA-F]{2,5}|\d{2,6});|[ \w]){10,1500}/g, decode: fromEscapes },
];

/** A run of the text, and where what it says begins in all that was decoded. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly from: number;
}

/** Hits with places in the original text. */
export function findEncoded(text: string): readonly Hit[] {
  const hits: Hit[] = [];
  for (const { pattern, decode } of encodings) {
    // All that was decoded is looked at in one go: many small runs cost no more than one large.
    const runs: Run[] = [];
    let all = "";
    for (const { index, 0: run } of text.matchAll(pattern)) {
      const decoded = decode(run.slice(0, longestRun));
      if (decoded === undefined) continue;
      runs.push({ start: index, end: index + run.length, from: all.length });
      all += `${decoded}. `;
    }
    if (runs.length > 0) hits.push(...attacksIn(all, runs));
  }
  return [...hits, ...findRot13(text), ...findTags(text)];
}

/** The runs that are attacks in themselves. */
function attacksIn(all: string, runs: readonly Run[]): readonly Hit[] {
  const { text, places } = viewOf(all);
  const byRun = new Map<Run, Hit[]>();
  for (const hit of scan(text, false)) {
    const run = runAt(runs, places[hit.start] ?? 0);
    const others = byRun.get(run);
    if (others === undefined) byRun.set(run, [hit]);
    else others.push(hit);
  }
  return [...byRun].filter(([, hits]) => together(hits) >= 0.6)
    .map(([{ start, end }]) => ({ kind: "ENCODED", start, end, score: 0.9 }));
}

/** The last run that begins there or before. */
function runAt(runs: readonly Run[], place: number): Run {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.from ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return runs[low] as Run;
}

function fromBase64(run: string): string | undefined {
  // A word with small letters only, or a path, is not encoded.
  if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) return undefined;
  try {
    const bytes = Uint8Array.from(
      atob(
        run.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "").slice(
          0,
          run.length - run.length % 4 || 4,
        ),
      ),
      (letter) => letter.charCodeAt(0),
    );
    return readable(new TextDecoder().decode(bytes));
  } catch {
    // Not base64 after all.
    return undefined;
  }
}

function fromHex(run: string): string | undefined {
  const digits = run.replace(/0x|\\x|[ :,]/g, "");
  const bytes = new Uint8Array(Math.floor(digits.length / 2));
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return readable(new TextDecoder().decode(bytes));
}

function fromPercent(run: string): string | undefined {
  if ((run.match(/%[0-9a-fA-F]{2}/g)?.length ?? 0) < 3) return undefined;
  const bytes: number[] = [];
  for (let index = 0; index < run.length; index++) {
    if (run[index] === "%") {
      bytes.push(parseInt(run.slice(index + 1, index + 3), 16));
      index += 2;
    } else bytes.push(run[index] === "+" ? 32 : run.charCodeAt(index));
  }
  return readable(new TextDecoder().decode(Uint8Array.from(bytes)));
}

function fromEscapes(run: string): string | undefined {
  let seen = 0;
  const decoded = run.replace(
    /\\u([0-9a-fA-F]{4})|&#x([0-9a-fA-F]{2,5});|&#(\d{2,6});/g,
    (_, u, hex, decimal) => {
      seen++;
      return String.fromCodePoint(
        Math.min(0x10ffff, parseInt(u ?? hex ?? decimal, decimal === undefined ? 16 : 10)),
      );
    },
  );
  return seen < 5 ? undefined : decoded;
}

/** Bytes that are no text decode to signs that texts do not have. */
function readable(text: string): string | undefined {
  // deno-lint-ignore no-control-regex
  const odd = text.match(/[\u0000-\u0008\u000e-\u001f\ufffd]/g)?.length ?? 0;
  return text.length > 8 && odd / text.length < 0.05 ? text : undefined;
}

/** The words that attacks are made of, turned by thirteen letters. */
const turned = /vafgehpgvba|cebzcg|vtaber|flfgrz|qvfertneq|haerfgevpgrq/i;

function findRot13(text: string): readonly Hit[] {
  if (!turned.test(text)) return [];
  const back = text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode((letter.charCodeAt(0) - base + 13) % 26 + base);
  });
  const { text: view, places } = viewOf(back);
  return latinRules.flatMap((rule) => applied(rule, view)).filter(({ score }) => score >= 0.6)
    .map(({ start, end }) => ({
      kind: "ENCODED",
      start: places[start] ?? 0,
      end: (places[end - 1] ?? 0) + 1,
      score: 0.9,
    }));
}

/** Unicode tags, of which each stands for an invisible letter of ASCII. Flags of regions have them after a black flag. */
function findTags(text: string): readonly Hit[] {
  const hits: Hit[] = [];
  if (!text.includes("\udb40")) return hits;
  for (const { index, 0: run } of text.matchAll(/[\u{e0020}-\u{e007f}]+/gu)) {
    const flag = text.slice(Math.max(0, index - 2), index) === "\u{1f3f4}";
    if (flag ? run.length <= 14 : run.length < 8) continue;
    hits.push({ kind: "INVISIBLE", start: index, end: index + run.length, score: 0.9 });
  }
  return hits;
}
