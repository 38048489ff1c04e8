/** Reads the labelled texts of the evaluation. They are made for it: no text or value belongs to anybody. */

import { readFileSync } from "node:fs";

/** A place that should be found. */
export interface Expected {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

export interface Case {
  /** Such as `en`. */
  readonly language: string;
  readonly text: string;
  readonly expected: readonly Expected[];
  /** Detectors may be improved on the one half; the other is what is reported. */
  readonly half: "tune" | "test";
}

export type Role = "user" | "tool";

/** A text that is an attack, or is none. */
export interface JudgedCase extends Case {
  readonly attack: boolean;
  readonly role: Role;
}

/** Lines `language|text` with `⟦KIND:value⟧` around what should be found. */
export function spanCases(name: string): readonly Case[] {
  return lines(name).map((line) => {
    const language = line.slice(0, line.indexOf("|"));
    const marked = written(line.slice(line.indexOf("|") + 1), hashOf(line));
    const expected: Expected[] = [];
    let text = "";
    let from = 0;
    for (const { index, 0: mark, 1: kind = "", 2: value = "" } of marked.matchAll(/⟦([A-Z_]+):([^⟧]*)⟧/g)) {
      text += marked.slice(from, index);
      expected.push({ start: text.length, end: text.length + value.length, kind });
      text += value;
      from = index + mark.length;
    }
    text += marked.slice(from);
    return { language, text, expected, half: halfOf(line) };
  });
}

/** Lines `language|+role|text` for attacks, and `language|-role|text` for what only looks like them. */
export function judgedCases(name: string): readonly JudgedCase[] {
  return lines(name).map((line) => {
    const [language = "", sign = "", ...rest] = line.split("|");
    const role: Role = sign.slice(1) === "tool" ? "tool" : "user";
    return {
      language,
      text: written(rest.join("|"), hashOf(line)),
      expected: [],
      half: halfOf(line),
      attack: sign.startsWith("+"),
      role,
    };
  });
}

function lines(name: string): readonly string[] {
  const file = new URL(`./data/${name}.txt`, import.meta.url);
  return readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
}

function halfOf(line: string): "tune" | "test" {
  return (hashOf(line) >>> 7) % 2 === 0 ? "tune" : "test";
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Escapes as what they stand for, and values made up: the repository holds nothing that looks like a live key. */
function written(line: string, seed: number): string {
  const random = mulberry(seed);
  return line
    .replace(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|(.))/g, (whole, long, short, letter) => {
      if (letter === undefined) return String.fromCodePoint(parseInt(long ?? short, 16));
      return ({ n: "\n", t: "\t", "\\": "\\" } as Record<string, string>)[letter] ?? whole;
    })
    .replace(
      /\{\{(\w+)(?::([^}]*))?\}\}/g,
      (whole, name: string, given = "") => makers[name]?.(given, random) ?? whole,
    );
}

const small = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const letters = small + small.toUpperCase() + digits;

type Maker = (given: string, random: () => number) => string;
const from = (alphabet: string): Maker => (count, random) =>
  Array.from({ length: Number(count) }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");

const base64url = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const makers: Readonly<Record<string, Maker>> = {
  d: from(digits),
  an: from(letters),
  id: from(letters + letters + "_-"),
  hex: from("0123456789abcdef"),
  hexu: from("0123456789ABCDEF"),
  up: from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
  b64: from(letters + letters + "+/"),
  pem: (count, random) =>
    Array.from({ length: Number(count) }, () => from(letters + "+/")("64", random)).join("\n"),
  pem1: (count, random) =>
    Array.from({ length: Number(count) }, () => from(letters + "+/")("64", random)).join("\\n"),
  pw: (_, random) =>
    from(letters)("5", random) + from("#%&!?+-_")("1", random) + from(letters)("4", random) +
    from(digits)("2", random),
  uuid: (_, random) =>
    ["8", "4", "4", "4", "12"].map((count) => from("0123456789abcdef")(count, random)).join("-"),
  jwt: (_, random) =>
    `${base64url('{"alg":"HS256","typ":"JWT"}')}.${
      base64url(`{"sub":"${from(digits)("10", random)}","exp":1893456000}`)
    }.${from(letters + "_-")("43", random)}`,
  base64: (text) => btoa(text),
  hexed: (text) => Array.from(text, (letter) => letter.charCodeAt(0).toString(16)).join(" "),
  rot13: (text) =>
    text.replace(/[a-z]/gi, (letter) => {
      const base = letter <= "Z" ? 65 : 97;
      return String.fromCharCode((letter.charCodeAt(0) - base + 13) % 26 + base);
    }),
};

/** Small, and the same everywhere. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
