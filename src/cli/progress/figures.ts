/** What is known of a stage at one moment, its rate over the last half minute, and the time left at that rate. */

import type { ProgressStage, ProgressUpdate } from "../../batch/progress.ts";

export interface Figures extends ProgressUpdate {
  readonly label: string;
  readonly unit: string;
  /** How much of the stage is done, from 0 to 1; `undefined` until a total is known. */
  readonly fraction: number | undefined;
  readonly elapsedMs: number;
  /** Of `unit`; `undefined` until something is done. */
  readonly perSecond: number | undefined;
  /** `undefined` as long as nobody can tell. */
  readonly etaMs: number | undefined;
}

export interface Meter {
  update(update: ProgressUpdate): void;
  /** To be asked on a clock: what it says of rates comes from these moments. */
  read(): Figures;
  /** The last word on a stage, with the rate over all of it. */
  end(): Figures;
}

/** Slow rows come in bunches; a shorter look back would make the time left jump. */
const windowMs = 30_000;
const sampleEveryMs = 1_000;

interface Sample {
  readonly atMs: number;
  readonly done: number;
  readonly fraction: number | undefined;
}

/** @param monotonic milliseconds that only go forward */
export function meterOf(stage: ProgressStage, monotonic: () => number): Meter {
  const startedMs = monotonic();
  const { label, unit = "rows", total, done: before = 0 } = stage;
  const latest: ProgressUpdate = { done: before, ...total === undefined ? {} : { total } };
  const samples: Sample[] = [];
  let counted = total !== undefined;

  const sampled = (now: Sample): Sample => {
    const last = samples.at(-1);
    if (last === undefined || now.atMs - last.atMs >= sampleEveryMs) samples.push(now);
    // The newest one that is older than the window stays, so that the look back is never shorter.
    while ((samples[1]?.atMs ?? Infinity) <= now.atMs - windowMs) samples.shift();
    return samples[0] ?? now;
  };
  sampled({ atMs: startedMs, done: before, fraction: fractionOf(latest) ?? 0 });

  const read = (): Figures => {
    const atMs = monotonic();
    if (latest.total !== undefined && !counted) {
      // Shares of the file and shares of the rows do not compare.
      counted = true;
      samples.length = 0;
    }
    const fraction = fractionOf(latest);
    const since = sampled({ atMs, done: latest.done, fraction });
    const spanMs = atMs - since.atMs;
    return {
      ...latest,
      label,
      unit,
      fraction,
      elapsedMs: atMs - startedMs,
      perSecond: rateOf(latest.done - since.done, spanMs),
      etaMs: timeLeft(fraction, since.fraction, spanMs),
    };
  };
  return {
    update: (update) => void Object.assign(latest, update),
    read,
    end() {
      const figures = read();
      return { ...figures, perSecond: rateOf(figures.done - before, figures.elapsedMs) };
    },
  };
}

function rateOf(done: number, ms: number): number | undefined {
  return done > 0 && ms > 0 ? done / ms * 1000 : undefined;
}

function fractionOf({ done, total, readBytes, totalBytes }: ProgressUpdate): number | undefined {
  if (total !== undefined) return total > 0 ? Math.min(1, done / total) : 1;
  if (readBytes === undefined || totalBytes === undefined) return undefined;
  return totalBytes > 0 ? Math.min(1, readBytes / totalBytes) : 1;
}

function timeLeft(now: number | undefined, then: number | undefined, spanMs: number): number | undefined {
  if (now === undefined) return undefined;
  const gained = now - (then ?? 0);
  if (now >= 1) return 0;
  return gained > 0 ? (1 - now) / gained * spanMs : undefined;
}
