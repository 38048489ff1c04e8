/** Figures of a forecast as people read them. */

/** `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `$1,204.50`, `$0.0123`, `under $0.0001`; a price that nobody knows is not nothing. */
export function dollars(usd: number | null): string {
  if (usd === null) return "unknown";
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "under $0.0001";
  const digits = usd < 1 ? 4 : 2;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;

/** `2 h 5 min`, `1 min 30 s`, `under 1 s`: the two largest units. */
export function span(ms: number): string {
  if (ms < 1_000) return ms <= 0 ? "no time" : "under 1 s";
  const first = units.findIndex(([, unitMs]) => ms >= unitMs);
  const finer = units[first + 1] ?? units[first] ?? units[3];
  // Rounding may have made the next larger unit of it: 59.9 seconds are a minute.
  const rounded = Math.round(ms / finer[1]) * finer[1];
  const [larger, smaller] = units.slice(units.findIndex(([, unitMs]) => rounded >= unitMs));
  const [name, unitMs] = larger ?? units[3];
  const rest = smaller === undefined ? 0 : Math.round((rounded % unitMs) / smaller[1]);
  return `${Math.floor(rounded / unitMs)} ${name}${
    smaller === undefined || rest === 0 ? "" : ` ${rest} ${smaller[0]}`
  }`;
}

/** `1.2 MB`. */
export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`;
  if (value < 1_000_000) return `${(value / 1_000).toFixed(1)} kB`;
  if (value < 1_000_000_000) return `${(value / 1_000_000).toFixed(1)} MB`;
  return `${(value / 1_000_000_000).toFixed(1)} GB`;
}
