/** Where a manifest would let its vendor's key go beside the base URL: no further than to the vendor's own hosts. */

/** What of a manifest says where its key may go. */
interface Reach {
  readonly baseUrl: string;
  readonly hosts?: readonly string[] | undefined;
  readonly media?: unknown;
}

/** What is wrong with the hosts that a manifest would let its key go to, each with the key it is under. */
export function faultsOfReach({ baseUrl, hosts = [], media }: Reach): readonly string[] {
  const own = new URL(baseUrl).hostname;
  const faults = hosts.flatMap((host, at) =>
    family(host.replace(/^\*\./, "")) === family(own)
      ? []
      : [`hosts.${at}: ${host} does not belong to the vendor at ${own}; a key goes to its vendor alone`]
  );
  for (const [modality, base] of basesOf(media)) {
    const { hostname } = new URL(base);
    if (hostname === own || hosts.some((host) => covers(host, hostname))) continue;
    faults.push(`media.${modality}.base: ${hostname} would get no key; list it in hosts`);
  }
  return faults;
}

/** The addresses, by modality, that media are under in place of the base URL. */
export function basesOf(media: unknown): readonly (readonly [string, string])[] {
  return Object.entries(media ?? {}).flatMap(([name, described]) =>
    basesIn(described as Based).map((base) => [name, base] as const)
  );
}

interface Based {
  readonly base?: string;
  readonly edit?: Based;
  readonly variants?: readonly Based[];
}

function basesIn({ base, edit, variants = [] }: Based): readonly string[] {
  const own = base === undefined || base.startsWith("..") ? [] : [base];
  return [...own, ...edit === undefined ? [] : basesIn(edit), ...variants.flatMap(basesIn)];
}

/** Whether a host is the one of a pattern, or below it. */
export function covers(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Endings below which anybody may register a name: `com.cn`, `co.uk`. */
const sharedEnding = /^(?:ac|co|com|edu|gov|net|org|or|ne)\.[a-z]{2}$/;

/** The part of a host name that its owner registered, as far as can be told without a list of all endings. */
export function family(host: string): string {
  const labels = host.split(".");
  const two = labels.slice(-2).join(".");
  return sharedEnding.test(two) ? labels.slice(-3).join(".") : two;
}
