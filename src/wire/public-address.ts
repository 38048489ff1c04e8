/** Which IP addresses are out on the internet. Everything else is somebody's inside: this machine, its network, its cloud. */

/** IPv4 networks that are not public (RFC 6890 and its followers), with the length of their prefix. */
const inside4: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

const networks4 = inside4.map(([network, bits]) => ({
  start: number4(network),
  mask: (~0 << (32 - bits)) >>> 0,
}));

/** Whether an address, as the system writes it, is public. What cannot be read is not. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (/^\d+(?:\.\d+){3}$/.test(bare)) return isPublic4(number4(bare));
  const groups = groups6(bare);
  return groups !== undefined && isPublic6(groups);
}

function isPublic4(address: number): boolean {
  return !networks4.some(({ start, mask }) => ((address & mask) >>> 0) === start);
}

/** Global unicast is `2000::/3`; within it, what is not routed and what carries an IPv4 address inside is told apart. */
function isPublic6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups;
  const low = (((groups[6] ?? 0) << 16) | (groups[7] ?? 0)) >>> 0;
  const leading = groups.slice(0, 5).every((group) => group === 0);
  // ::ffff:a.b.c.d, and 64:ff9b::a.b.c.d of a translating network.
  if (leading && groups[5] === 0xffff) return isPublic4(low);
  if (first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) {
    return isPublic4(low);
  }
  if ((first & 0xe000) !== 0x2000) return false;
  // 2001::/23 (Teredo and the like), 2001:db8::/32 (documentation), 2002::/16 (6to4), 3fff::/20 (documentation).
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

function number4(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Math.min(255, Number(part)), 0);
}

/** The eight groups of an IPv6 address; `undefined`: it is none. */
function groups6(address: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const low = dotted === null ? 0 : number4(dotted[2] ?? "");
  const text = dotted === null
    ? address
    : `${dotted[1]}${(low >>> 16).toString(16)}:${(low & 0xffff).toString(16)}`;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}
