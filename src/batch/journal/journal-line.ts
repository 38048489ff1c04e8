/** The lines of a journal: JSON with a checksum at the end, so that a garbled line is told from a good one without parsing it. */

import { crc32 } from "node:zlib";
import type { JournalHeader, RowRecord } from "./journal.ts";

/** Changes when the lines do; a journal of another form is not touched. */
export const form = 1;

/** How every journal begins. */
export const beginning = '{"loom_journal":';

/** Longer than any answer; a line that does not end by then is none. */
export const longestLineBytes: number = 256 * 1024 * 1024;

/** What is counted of a record; it stands at the front of its line, before anything that a vendor wrote. */
export interface RecordFigures {
  readonly index: number;
  readonly status: RowRecord["status"];
  readonly origin?: RowRecord["origin"] | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly costUsd?: number | null | undefined;
}

export interface ReadHeader extends JournalHeader {
  readonly loom_journal: number;
}

export function headerLine({ input, job }: JournalHeader): Buffer {
  const { path, bytes, modifiedMs } = input;
  return sealed(
    `${beginning}${form},"input":${JSON.stringify({ path, bytes, modifiedMs })},"job":${JSON.stringify(job)}`,
  );
}

export function figuresOf({ index, status, origin, usage, costUsd }: RowRecord): RecordFigures {
  const { inputTokens, outputTokens } = usage ?? {};
  return { index, status, origin, inputTokens, outputTokens, costUsd };
}

/** @param figures of the same record */
export function recordLine(
  { text, output, error, provider, model }: RowRecord,
  { index, status, origin, inputTokens, outputTokens, costUsd }: RecordFigures,
): Buffer {
  const result = { provider, model, text, output, error };
  const json = JSON.stringify({ index, status, origin, inputTokens, outputTokens, costUsd, result });
  return sealed(json.slice(0, -1));
}

/** `undefined`: the line is garbled. */
export function headerIn(line: Buffer): ReadHeader | undefined {
  return isWhole(line) ? JSON.parse(line.toString("utf8")) as ReadHeader : undefined;
}

/** `undefined`: the line is garbled. */
export function figuresIn(line: Buffer): RecordFigures | undefined {
  if (!isWhole(line)) return undefined;
  // Nothing before it can hold these bytes: there are only numbers and words of ours.
  const front = line.toString("latin1", 0, longestFront);
  const end = front.indexOf(',"result":');
  return end < 0 ? undefined : JSON.parse(front.slice(0, end) + "}") as RecordFigures;
}

/** The record of a line that was whole when the journal was opened, or was written since. */
export function recordIn(line: Buffer): RowRecord {
  const { result, inputTokens, outputTokens, index, status, origin, costUsd } = JSON.parse(
    line.toString("utf8"),
  ) as RecordFigures & { readonly result: Omit<RowRecord, "index" | "status"> };
  return {
    index,
    status,
    ...result,
    ...inputTokens === undefined || outputTokens === undefined
      ? {}
      : { usage: { inputTokens, outputTokens } },
    ...costUsd === undefined ? {} : { costUsd },
    ...origin === undefined ? {} : { origin },
  };
}

/** Bytes before `result`: five numbers and two words. */
const longestFront = 256;

/** `,"crc":"01234567"}` */
const sealBytes = 18;

/** @param json an object without its closing brace */
function sealed(json: string): Buffer {
  return Buffer.from(`${json},"crc":"${crc32(json).toString(16).padStart(8, "0")}"}\n`);
}

function isWhole(line: Buffer): boolean {
  const end = line.length - sealBytes;
  if (end <= 0) return false;
  const seal = line.toString("latin1", end);
  if (!seal.startsWith(',"crc":"') || !seal.endsWith('"}')) return false;
  return crc32(line.subarray(0, end)) === Number.parseInt(seal.slice(8, 16), 16);
}
