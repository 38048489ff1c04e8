/** E-mail addresses. */

import type { Found } from "./kinds.ts";

/** Bounded on both sides; an `@` is where a search begins, so that long runs of letters cost nothing. */
const longestLocal = 64;
const longestDomain = 190;

const localEnd = /[\p{L}\p{N}._%+'-]{1,64}$/u;
const domainStart =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})/u;

export function findEmails(text: string): readonly Found[] {
  const found: Found[] = [];
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const local = localEnd.exec(text.slice(Math.max(0, at - longestLocal), at))?.[0].replace(/^[.'-]+/, "");
    if (local === undefined || local === "" || local.endsWith(".")) continue;
    const domain = domainStart.exec(text.slice(at + 1, at + 1 + longestDomain))?.[0];
    if (domain === undefined) continue;
    const start = at - local.length;
    // The user of an address such as https://user@host is part of a link; `git@host:` names a machine.
    const link = /:\/\/\S{0,20}$/.test(text.slice(Math.max(0, start - 24), start));
    const remote = local === "git" && text[at + 1 + domain.length] === ":";
    // Files such as icon@2x.png are no mail domains.
    const file = /\.(?:png|jpe?g|gif|svg|webp|css|js|ts|json)$/i.test(domain);
    found.push({
      start,
      end: at + 1 + domain.length,
      kind: "EMAIL",
      score: link || remote || file ? 0.3 : 0.95,
    });
  }
  return found;
}
