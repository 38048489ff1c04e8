/** Whether a journal belongs to this job: the same input, asked the same. */

import { loomError } from "../../errors/index.ts";
import { canonicalText } from "../../util/canonical-text.ts";
import type { JournalHeader } from "./journal.ts";
import { form, headerIn } from "./journal-line.ts";

/**
 * The path of the input is not compared: a dataset that was moved or renamed is the same one, as its size and time tell.
 *
 * @param line the first line of the file
 * @throws LoomError `file-unwritable` saying what differs, `file-unreadable`
 */
export function checkHeader(line: Buffer, wanted: JournalHeader, path: string): void {
  const found = formOf(line);
  if (found === undefined) {
    const message = `${path} is not a journal of Loom; move it away, or start anew with --force`;
    throw loomError("file-unreadable", message, { file: path });
  }
  if (found !== form) {
    const message =
      `${path} has form ${found}, and this Loom writes form ${form}; use the Loom that wrote it, or --force`;
    throw loomError("file-unreadable", message, { file: path });
  }
  const header = headerIn(line);
  if (header === undefined) {
    throw loomError("file-unreadable", `${path}, line 1 is garbled; start anew with --force`, { file: path });
  }
  const differences = differencesOf(header, wanted);
  if (differences.length === 0) return;
  const message = `${path} is the journal of another job: ${differences.join(", ")}; ` +
    "--force throws it away and starts anew, --output keeps both";
  throw loomError("file-unwritable", message, { file: path });
}

function formOf(line: Buffer): number | undefined {
  const written = /^\{"loom_journal":(\d{1,9})[,}]/.exec(line.toString("latin1", 0, 64))?.[1];
  return written === undefined ? undefined : Number(written);
}

function differencesOf(was: JournalHeader, is: JournalHeader): readonly string[] {
  const differences: string[] = [];
  if (was.input.bytes !== is.input.bytes) {
    differences.push(`its input had ${was.input.bytes} bytes, and ${is.input.path} has ${is.input.bytes}`);
  } else if (was.input.modifiedMs !== is.input.modifiedMs) {
    differences.push(
      `${is.input.path} was modified ${timeOf(is.input.modifiedMs)}, not ${timeOf(was.input.modifiedMs)}`,
    );
  }
  if (was.job !== is.job) differences.push(...jobDifferences(was.job, is.job));
  return differences;
}

/** Names what differs and does not quote it: it may be a prompt. */
function jobDifferences(was: string, is: string): readonly string[] {
  const [before, after] = [fieldsOf(was), fieldsOf(is)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => canonicalText(before[name]) !== canonicalText(after[name]));
  return names.length === 0 ? ["what it asks is another"] : names.map((name) => `${name} is another`);
}

/** No fields, where the text is canonical and not JSON. */
function fieldsOf(job: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(job);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
