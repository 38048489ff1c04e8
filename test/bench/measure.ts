/** Measures CPU time of the whole process per unit of work, in rounds of rotated order, as medians. */

import process from "node:process";

/** Something to measure: runs `count` calls with `concurrency` at a time. */
export interface Subject {
  readonly name: string;
  /** One call; settles when it is complete. */
  readonly call: () => Promise<unknown>;
  /** Ends what a round's calls left to be done, so that it is counted with them. */
  readonly settle?: () => Promise<unknown>;
}

export interface Measured {
  readonly name: string;
  /** Median over the rounds, in microseconds of CPU (user and system) per unit. */
  readonly cpuUs: number;
  /** Against the first subject, of medians. */
  readonly ratio: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly callsPerRound: number;
  readonly concurrency: number;
  /** Units that one call is, for figures per chunk. Default 1. */
  readonly unitsPerCall?: number;
}

/** The first subject is the yardstick. */
export async function measure(
  subjects: readonly Subject[],
  options: MeasureOptions,
): Promise<readonly Measured[]> {
  const { rounds, callsPerRound, concurrency, unitsPerCall = 1 } = options;
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await run(subject, Math.ceil(callsPerRound / 2), concurrency);
  for (let round = 0; round < rounds; round++) {
    for (let offset = 0; offset < subjects.length; offset++) {
      const subject = subjects[(offset + round) % subjects.length] as Subject;
      const before = process.cpuUsage();
      await run(subject, callsPerRound, concurrency);
      const { user, system } = process.cpuUsage(before);
      samples.get(subject.name)?.push((user + system) / (callsPerRound * unitsPerCall));
    }
  }
  const medians = subjects.map(({ name }) => median(samples.get(name) ?? []));
  return subjects.map(({ name }, index) => ({
    name,
    cpuUs: medians[index] as number,
    ratio: (medians[index] as number) / (medians[0] as number),
  }));
}

async function run({ call, settle }: Subject, count: number, concurrency: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await settle?.();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle] as number
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
