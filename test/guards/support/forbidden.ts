/** What no file may hold. Written in pieces where it would otherwise find itself. */

const word = (...pieces: readonly string[]): string => pieces.join("");
const either = (...words: readonly string[]): string => `(?:${words.join("|")})`;

/** A value of any type at all, in code without comments and strings. */
export const anyType: RegExp =
  /(?:[:<|&]|\b(?:as|extends|readonly|keyof)\b|=>)\s*any\b(?!\s*[(.])|,\s*any\s*[>\][]/g;

/** A compiler told to look away. */
export const silence: RegExp = new RegExp(
  word("@ts", "-") + either("ignore", "expect-error", "nocheck"),
  "g",
);

/** Work put off. */
export const later: RegExp = new RegExp(
  `\\b${either(word("TO", "DO"), word("FIX", "ME"), word("X", "XX"))}\\b`,
  "g",
);

/** Tests that do not run, or that keep others from running, in code without comments and strings. */
export const apart: RegExp =
  /\.\s*(?:only|skip|todo)\s*\(|\b(?:only|skip|todo)\s*:\s*(?!false\b)[\w"'`]|(?<![\w$.])(?:xit|xdescribe|fit)\s*\(/g;

const folders = either("work", "farm", "root", "tmp") + "/|" +
  word("/", either("home", "Users"), "/[\\w.-]+/");

/** Paths of somebody's machine, and addresses that only hold behind somebody's mirror. */
export const machine: RegExp = new RegExp(
  `(?<![\\w.~$}-])(?:/${folders})|[A-Z]:\\\\${"Users"}\\\\` +
    `|${word("registry", "\\.")}${either("npmjs", "yarnpkg", "npmmirror")}|${word('"resolved": ', '"http')}`,
  "g",
);
