/** Judges where links and images lead to. */

import type { Finding } from "../../../src/plugin.ts";
import { type HostRule, hostRule, looksLike } from "./hosts.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface UrlChoice {
  readonly allowHosts: readonly string[];
  readonly schemes: readonly string[];
  readonly check: "all" | "images";
}

/** Addresses without a host of their own are on this one, which nobody can have. */
const here = "relative.invalid";

export function detectUrls(choice: UrlChoice): (text: string) => readonly Finding[] {
  const allowed = choice.allowHosts.map(hostRule).filter((rule) => rule !== undefined);
  // What an allowed host looks like, to know those that pass for it.
  const faces = choice.allowHosts.map((host) => looksLike(host.replace(/^\*\./, "").toLowerCase()));
  const schemes = new Set(choice.schemes.map((scheme) => `${scheme}:`));
  const judge = judgeOf(allowed, faces, schemes, choice.check);
  return (text) => {
    if (!/[:/&]|www/i.test(text)) return [];
    const found: Finding[] = [];
    for (const target of targetsOf(text)) {
      const fault = judge(target);
      if (fault !== undefined) found.push({ start: target.start, end: target.end, ...fault });
    }
    return settled(found);
  };
}

interface Fault {
  readonly kind: string;
  readonly score: number;
}

function judgeOf(
  allowed: readonly HostRule[],
  faces: readonly string[],
  schemes: ReadonlySet<string>,
  check: "all" | "images",
): (target: Target) => Fault | undefined {
  return ({ address, image }) => {
    // On a page of the other scheme, `https:host` leads to the host.
    const url = URL.parse(address.replace(/^(https?:)(?![\\/])/i, "$1//"), `https://${here}/`);
    // What no browser can read leads nowhere, unless it is cut off.
    if (url === null) {
      return /^[a-z]+:[\\/]{2}[^\s/]/i.test(address) ? { kind: "LINK_HOST", score: 0.7 } : undefined;
    }
    const written = /^[a-z][a-z0-9+.-]*:|^[\\/]{2}/i.test(address);
    if (!written) return undefined;
    if (url.protocol === "data:" && /^data:image\/(?:png|jpe?g|gif|webp)[;,]/i.test(address)) {
      return undefined;
    }
    if (!schemes.has(url.protocol)) {
      // A word and a colon, such as `note:`, is no link.
      const known = /^(?:javascript|vbscript|data|file|blob|ftps?|wss?|gopher|s3|gs|https?):$/.test(
        url.protocol,
      );
      return known ? { kind: "SCHEME", score: url.protocol === "javascript:" ? 1 : 0.9 } : undefined;
    }
    if (url.hostname === "" || url.hostname === here) return undefined;
    const host = url.hostname.replace(/\.$/, "");
    if (allowed.some((rule) => rule(host))) return undefined;
    if (/[.@]/.test(decodeURISafely(url.username))) return { kind: "DECEPTIVE_LINK", score: 1 };
    const face = looksLike(host);
    if (face !== host && faces.some((one) => face === one || face.endsWith(`.${one}`))) {
      return { kind: "DECEPTIVE_LINK", score: 1 };
    }
    if (image) return { kind: "IMAGE_HOST", score: 1 };
    return check === "images" ? undefined : { kind: "LINK_HOST", score: 0.9 };
  };
}

function decodeURISafely(text: string): string {
  return text.replaceAll(/%40/gi, "@").replaceAll(/%2e/gi, ".");
}

/** An image in Markdown is also a bare address: what overlaps is one finding, named by the surest. */
function settled(found: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = [];
  for (const one of [...found].sort((a, b) => a.start - b.start || b.score - a.score)) {
    const last = kept.at(-1);
    if (last === undefined || one.start >= last.end) kept.push(one);
    else {
      const surest = one.score > last.score ? one : last;
      kept[kept.length - 1] = { ...surest, start: last.start, end: Math.max(last.end, one.end) };
    }
  }
  return kept;
}
