/** Addresses and connection strings with a password in them. */

import type { Finding } from "../../../src/plugin.ts";
import { entropyBits, isPlaceholder } from "./entropy.ts";

/** Begins at `://`, and looks back for the scheme. */
const scheme = /[a-z][a-z0-9+.-]{1,20}$/i;
const userinfo = /:\/\/[^\s:@/'"<>]{0,100}:([^\s@/'"<>]{3,150})@[\w.[-]/y;

/** Passwords that examples are written with. They are worth a warning where the rest looks real. */
const usual =
  /^(?:pass(?:word|wd)?|pwd|secret|admin|root|test|guest|user(?:name)?|postgres|mysql|changeme|foobar|hunter2)$/i;

export function findConnectionStrings(text: string): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf("://"); at !== -1; at = text.indexOf("://", at + 3)) {
    userinfo.lastIndex = at;
    const match = userinfo.exec(text);
    if (match === null) continue;
    const before = scheme.exec(text.slice(Math.max(0, at - 21), at))?.[0] ?? "";
    const password = match[1] ?? "";
    if (before === "" || isPlaceholder(password) || /^[$%{[]/.test(password)) continue;
    const score = usual.test(password) ? 0.5 : entropyBits(password) > 2 ? 0.95 : 0.65;
    // The machine's name stays readable; scheme, user and password do not.
    found.push({
      start: at - before.length,
      end: at + match[0].length - 1,
      kind: "CONNECTION_STRING",
      score,
    });
  }
  return found;
}
