/** Numbers, money and times for people. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

let currency = { code: "USD", perUsd: 1 };

/** Of the Loom; shown beside US dollars. */
export function setCurrency(given) {
  currency = given;
}

export function count(value) {
  return value >= 100_000 ? short.format(value) : whole.format(value);
}

export function decimal(value) {
  return value >= 100 || value === 0 ? count(value) : value.toFixed(value >= 10 ? 1 : 2);
}

export function usd(value) {
  if (value === null || value === undefined) return "unknown";
  const size = Math.abs(value);
  const digits = size === 0
    ? "0.00"
    : size >= 1000
    ? whole.format(size)
    : size >= 0.1
    ? size.toFixed(2)
    : size.toFixed(Math.min(10, 2 - Math.floor(Math.log10(size))));
  return `${value < 0 ? "−" : ""}$${digits}`;
}

/** `undefined` where the local currency is the dollar. */
export function local(usdValue) {
  if (currency.code === "USD" || usdValue === null || usdValue === undefined) return undefined;
  const value = usdValue * currency.perUsd;
  const digits = value !== 0 && Math.abs(value) < 0.1 ? 4 : Math.abs(value) >= 1000 ? 0 : 2;
  return new Intl.NumberFormat("en", {
    style: "currency",
    currency: currency.code,
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  }).format(value);
}

export function ms(value) {
  if (value === undefined || value === null) return "–";
  if (value >= 60_000) return `${(value / 60_000).toFixed(1)} min`;
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 1000
    ? `${(value / 1000).toFixed(2)} s`
    : `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} ms`;
}

export function percent(part, of) {
  if (of === 0) return "–";
  const share = part / of * 100;
  return `${share === 0 || share === 100 ? share : share.toFixed(1)} %`;
}

export function time(atMs) {
  return clock.format(atMs);
}

export function hour(atMs) {
  return hours.format(atMs);
}

export function day(atMs) {
  return days.format(atMs);
}

export function moment(atMs) {
  return full.format(atMs);
}

export function ago(atMs, nowMs) {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}
