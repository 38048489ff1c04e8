/** How `loom logs` shows a call: one line of it, or its whole story. */

import type { Attempt, Step } from "../contract/receipt.ts";
import type { CallRow } from "../contract/history.ts";
import type { CallRecord } from "../contract/sink.ts";
import { amount, dollars, milliseconds, plain } from "./text-table.ts";

/** Such as `2026-11-21 12:03:44 ok     acme/m1  812 ms  100+20 tok  $0.00123  hit  team:a  call_1`. */
export function rowLine(row: CallRow): string {
  const { usage, via } = row;
  const words = [
    new Date(row.atMs).toISOString().slice(0, 19).replace("T", " "),
    row.status === "failed" ? `failed ${row.errorCode ?? ""}`.trim() : row.status,
    target(row),
    milliseconds(row.latencyMs),
    usage === undefined ? "" : `${amount(usage.inputTokens)}+${amount(usage.outputTokens)} tok`,
    row.costUsd === null ? "cost unknown" : dollars(row.costUsd),
    row.cache === "off" ? "" : `cache ${row.cache}`,
    row.deduplicated ? "deduplicated" : "",
    row.attempts > 1 ? `${row.attempts} attempts` : "",
    row.team === undefined ? "" : `team:${row.team}`,
    row.user === undefined ? "" : `user:${row.user}`,
    via === undefined ? "" : `key:${via.keyId}`,
    row.callId,
  ];
  return words.filter((word) => word !== "").map(plain).join("  ");
}

/** The call with its receipt as a timeline, and its content where that was recorded. */
export function callText(record: CallRecord): string {
  const { receipt, content, tags = [] } = record;
  const events = [
    ...receipt.steps.map((step) => ({ atMs: step.atMs, text: stepText(step) })),
    ...receipt.attempts.map((attempt) => ({ atMs: attempt.startedMs, text: attemptText(attempt) })),
  ].sort((a, b) => a.atMs - b.atMs);
  const lines = [
    rowLine(record),
    ...(tags.length === 0 ? [] : [`tags ${tags.map(plain).join(", ")}`]),
    "",
    ...events.map(({ atMs, text }) => `${milliseconds(atMs).padStart(9)}  ${text}`),
    `${milliseconds(record.latencyMs).padStart(9)}  ${record.status}`,
    ...receipt.warnings.map(({ code, message }) => `  warning  ${plain(code)}: ${words(message)}`),
  ];
  if (content !== undefined) {
    for (const { role, text } of content.input) lines.push("", `${plain(role)}:`, words(text));
    lines.push("", "answer:", words(content.output));
    if (content.cut) lines.push("", "(not all of it was recorded)");
  }
  return `${lines.join("\n")}\n`;
}

function stepText({ by, what, detail }: Step): string {
  const more = detail === undefined ? "" : ` ${JSON.stringify(detail)}`;
  return words(`${by}: ${what}${more}`);
}

function attemptText(attempt: Attempt): string {
  const { provider, model, usage, error, account, firstPartMs, bill } = attempt;
  const parts = [
    `attempt ${attempt.attempt} at ${provider}/${model}${account === undefined ? "" : ` (${account})`}:`,
    attempt.status,
    milliseconds(attempt.latencyMs),
    firstPartMs === undefined ? "" : `(first ${milliseconds(firstPartMs)})`,
    usage === undefined ? "" : `${usage.inputTokens}+${usage.outputTokens} tok`,
    bill === undefined || bill.nanoUsd === null ? "" : dollars(bill.nanoUsd / 1e9),
    error === undefined ? "" : `${error.code} ${error.status}: ${error.message}`,
  ];
  return words(parts.filter((part) => part !== "").join(" "));
}

function target({ provider, model }: CallRow): string {
  return provider === undefined && model === undefined ? "-" : `${provider ?? ""}/${model ?? ""}`;
}

/** Texts of any length, with their line ends, and without what would move the cursor or change colours. */
function words(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
}
