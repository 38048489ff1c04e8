/** How much of a call is recorded: the option `capture`. */

import type { CallRecord } from "../contract/sink.ts";
import type { Attempt, Receipt } from "../contract/receipt.ts";
import { loomError } from "../errors/index.ts";
import type { CaptureSettings } from "../middleware/capture.ts";
import { redactSecrets } from "../middleware/redact.ts";

/**
 * `none`: figures alone, nobody's name and no texts. `metadata`: who asked, and what failed in the vendor's words. `full`: also
 * what was asked and answered.
 */
export type CaptureLevel = "none" | "metadata" | "full";

export interface CaptureOptions {
  /** Default `metadata`. */
  readonly level?: CaptureLevel;
  /** Most bytes of what was asked, and of what was answered. Default 65,536. */
  readonly maxBytes?: number;
  /** Takes out what must not be recorded, after the obvious secrets are gone. One that throws costs the content. */
  readonly redact?: (text: string) => string;
}

const levels: readonly CaptureLevel[] = ["none", "metadata", "full"];
const fields = ["level", "maxBytes", "redact"];
const defaultBytes = 64 * 1024;
const mostBytes = 16 * 1024 * 1024;

/** @throws LoomError `config-invalid`, naming the option */
export function checkCapture(capture: unknown): void {
  if (capture === undefined) return;
  if (typeof capture === "string") return checkLevel("capture", capture);
  if (typeof capture !== "object" || capture === null || Array.isArray(capture)) {
    throw invalid("capture", `must be ${levels.join(", ")} or an object of options`);
  }
  const unknown = Object.keys(capture).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw invalid(`capture.${unknown}`, `is not known; options are ${fields.join(", ")}`);
  }
  const { level, maxBytes, redact } = capture as Readonly<Record<keyof CaptureOptions, unknown>>;
  if (level !== undefined) checkLevel("capture.level", level);
  if (
    maxBytes !== undefined &&
    !(Number.isSafeInteger(maxBytes) && maxBytes as number > 0 && maxBytes as number <= mostBytes)
  ) {
    throw invalid("capture.maxBytes", `must be a number of bytes from 1 to ${mostBytes}`);
  }
  if (redact !== undefined && typeof redact !== "function") {
    throw invalid("capture.redact", "must be a function that rewrites a text");
  }
}

function checkLevel(path: string, level: unknown): void {
  if (levels.some((one) => one === level)) return;
  throw invalid(path, `must be ${levels.join(", ")}`);
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}

export function levelOf(capture: CaptureLevel | CaptureOptions | undefined): CaptureLevel {
  return typeof capture === "string" ? capture : capture?.level ?? "metadata";
}

/** What the telemetry stage needs of it; `undefined`: no content is recorded. */
export function captureSettings(
  capture: CaptureLevel | CaptureOptions | undefined,
): CaptureSettings | undefined {
  if (levelOf(capture) !== "full") return undefined;
  const { maxBytes = defaultBytes, redact }: CaptureOptions = typeof capture === "object" ? capture : {};
  return { maxBytes, redactors: redact === undefined ? [redactSecrets] : [redactSecrets, redact] };
}

/** A record of figures alone: without who asked, and without words of vendors, which may quote what was asked. */
export function figuresOnly(record: CallRecord): CallRecord {
  const { user: _user, team: _team, tenant: _tenant, tags: _tags, content: _content, receipt, ...rest } =
    record;
  return { ...rest, receipt: withoutTexts(receipt) };
}

function withoutTexts(receipt: Receipt): Receipt {
  return {
    ...receipt,
    steps: receipt.steps.map(({ atMs, by, what }) => ({ atMs, by, what })),
    attempts: receipt.attempts.map(withoutMessage),
    warnings: receipt.warnings.map(({ code }) => ({ code, message: "" })),
  };
}

function withoutMessage(attempt: Attempt): Attempt {
  const { error } = attempt;
  return error === undefined ? attempt : { ...attempt, error: { ...error, message: "" } };
}
