/** The rows of an input file: read one by one, and checked before any is asked. */

import type { Json, JsonObject } from "../../contract/index.ts";
import type { InputFault } from "./batch.ts";
import { linesOf } from "./lines.ts";

export interface Row {
  /** Number of its line, which says which row it is. */
  readonly line: number;
  readonly customId: string;
  readonly body: JsonObject;
}

/** OpenAI takes no more, and vendors behind it no more either. */
export const maxRows = 50_000;
const longestId = 512;
/** More faults than this say nothing new. */
const maxFaults = 100;

export interface Checked {
  readonly rows: number;
  /** Empty: all is well. */
  readonly faults: readonly InputFault[];
}

/** @param goOn asked between rows; false ends the check early */
export async function checkRows(
  path: string,
  maxLineBytes: number,
  endpoint: string,
  goOn: () => boolean,
): Promise<Checked> {
  const faults: InputFault[] = [];
  const seen = new Set<string>();
  let rows = 0;
  for await (const { number, text } of linesOf(path, maxLineBytes)) {
    if (!goOn()) break;
    rows++;
    const found = text === undefined
      ? [fault("line_too_long", `This line is longer than ${maxLineBytes} bytes.`, null)]
      : faultsOf(text, endpoint, seen);
    for (const one of found) faults.push({ ...one, line: number });
    if (rows > maxRows) {
      faults.push(fault("too_many_tasks", `The file has more than ${maxRows} requests.`, null));
    }
    if (rows > maxRows || faults.length >= maxFaults) break;
  }
  if (rows === 0) faults.push(fault("empty_file", "The input file is empty.", null));
  return { rows, faults: faults.slice(0, maxFaults) };
}

/** The rows of a file that was checked. */
export async function* rowsOf(path: string, maxLineBytes: number): AsyncGenerator<Row> {
  for await (const { number, text } of linesOf(path, maxLineBytes)) {
    const { custom_id: customId, body } = JSON.parse(text as string) as {
      readonly custom_id: string;
      readonly body: JsonObject;
    };
    yield { line: number, customId, body };
  }
}

function faultsOf(text: string, endpoint: string, seen: Set<string>): readonly InputFault[] {
  const row = fieldsOf(text);
  if (row === undefined) {
    return [fault("invalid_json_line", "This line is not parseable as valid JSON.", null)];
  }
  const { custom_id: customId, method, url, body } = row;
  const faults: InputFault[] = [];
  if (typeof customId !== "string" || customId === "" || customId.length > longestId) {
    faults.push(
      fault(
        "missing_required_parameter",
        `Missing required parameter: 'custom_id', a text of up to ${longestId} characters.`,
        "custom_id",
      ),
    );
  } else if (seen.has(customId)) {
    faults.push(
      fault("duplicate_custom_id", "The 'custom_id' of this request was used before.", "custom_id"),
    );
  } else seen.add(customId);
  if (method !== "POST") {
    faults.push(fault("invalid_method", "Invalid value for 'method': it must be 'POST'.", "method"));
  }
  if (url !== endpoint) {
    faults.push(fault("invalid_url", `The 'url' must be the endpoint of the batch, '${endpoint}'.`, "url"));
  }
  if (!isFields(body)) {
    faults.push(fault("missing_required_parameter", "Missing required parameter: 'body'.", "body"));
  }
  return faults;
}

function fieldsOf(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(code: string, message: string, param: string | null): InputFault {
  return { code, message, param, line: null };
}
