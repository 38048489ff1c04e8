/** Which hosts are allowed, and which only look like them. */

/** Whether a host is one of those a rule names. */
export type HostRule = (host: string) => boolean;

/** @returns undefined, when it is no host */
export function hostRule(given: string): HostRule | undefined {
  const below = given.startsWith("*.");
  const name = asHost(below ? given.slice(2) : given);
  if (name === undefined) return undefined;
  return below ? (host) => host.endsWith(`.${name}`) : (host) => host === name;
}

/** As browsers write it: small letters, punycode, numbers of machines in the usual form. */
function asHost(given: string): string | undefined {
  if (/[\s/?#@\\]/.test(given) || given.includes("*")) return undefined;
  const url = URL.parse(`https://${given}/`);
  if (url === null || url.port !== "" || url.hostname === "") return undefined;
  return url.hostname.replace(/\.$/, "");
}

/** Letters that are taken for others, in names of hosts. */
const alike: ReadonlyMap<string, string> = new Map(
  "аa еe оo рp сc уy хx іi јj ѕs ԁd һh ӏl кk мm тt вb нh αa οo ρp νv ιi κk τt υu ɡg ɑa ł́l ıi 0o 1l".split(" ")
    .map((
      pair,
    ) => [pair[0] ?? "", pair.at(-1) ?? ""]),
);

/** What a host looks like to people. */
export function looksLike(host: string): string {
  const readable = host.split(".").map((label) => label.startsWith("xn--") ? decoded(label.slice(4)) : label)
    .join(".");
  return Array.from(
    readable.normalize("NFKD").replace(/\p{M}/gu, ""),
    (letter) => alike.get(letter) ?? letter,
  ).join("")
    .replaceAll("rn", "m").replaceAll("vv", "w");
}

/** Punycode (RFC 3492). What is wrong stays as it is: nobody is taken in by it. */
function decoded(label: string): string {
  const dash = label.lastIndexOf("-");
  const output = Array.from(dash > 0 ? label.slice(0, dash) : "", (letter) => letter.codePointAt(0) ?? 0);
  let [point, place, bias] = [128, 0, 72];
  for (let at = dash > 0 ? dash + 1 : 0; at < label.length;) {
    const before = place;
    for (let weight = 1, step = 36;; step += 36) {
      const digit = parseInt(label[at++] ?? "", 36);
      if (Number.isNaN(digit)) return label;
      // Punycode counts letters first, base 36 digits first.
      const value = digit < 10 ? digit + 26 : digit - 10;
      place += value * weight;
      const least = step <= bias ? 1 : step >= bias + 26 ? 26 : step - bias;
      if (value < least) break;
      weight *= 36 - least;
      if (weight > 2 ** 40) return label;
    }
    bias = adapted(place - before, output.length + 1, before === 0);
    point += Math.floor(place / (output.length + 1));
    place %= output.length + 1;
    if (point > 0x10ffff) return label;
    output.splice(place++, 0, point);
  }
  return String.fromCodePoint(...output);
}

function adapted(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : delta >> 1;
  rest += Math.floor(rest / count);
  let steps = 0;
  for (; rest > 455; steps += 36) rest = Math.floor(rest / 35);
  return steps + Math.floor((36 * rest) / (rest + 38));
}
