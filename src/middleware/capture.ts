/** The telemetry stage of a Loom that records content as well: bounded, redacted first, and never at the cost of a call. */

import type { Context } from "../contract/context.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { Outcome, Reply } from "../contract/reply.ts";
import type { CapturedContent } from "../contract/sink.ts";
import { toLoomError } from "../errors/index.ts";
import { endedBy, observe } from "../kernel/index.ts";
import { gather, type Gathered, type Turn, turnsOf } from "./captured-text.ts";
import type { Redactor } from "./redact.ts";
import { callRecord, type TelemetryServices } from "./telemetry.ts";

export interface CaptureSettings {
  /** Most bytes of what was asked, and of what was answered. */
  readonly maxBytes: number;
  /** One after the other, before anything is cut. */
  readonly redactors: readonly Redactor[];
}

/** Gathered beyond the bound and thrown away after redaction, so that no secret escapes by lying across the cut. */
const marginLetters = 4096;

/** Stands where a text was cut. */
const cutMark = "…";

export function capturingTelemetryStage(
  services: TelemetryServices,
  settings: CaptureSettings,
): Middleware<"telemetry"> {
  return {
    name: "telemetry",
    stage: "telemetry",
    replaces: "telemetry",
    async handle(ctx, next) {
      ctx.emit("call-start", { call: ctx.call });
      const answer = services.wanted() ? gather(settings.maxBytes + marginLetters) : undefined;
      let reply: Reply | undefined;
      const end = (outcome: Outcome) => {
        ctx.ledger.end();
        if (!services.wanted()) return;
        const content = answer === undefined ? undefined : captured(ctx, answer, settings);
        const record = callRecord(ctx, outcome, reply?.target);
        services.deliver(content === undefined ? record : { ...record, content });
      };
      try {
        return observe(reply = await next(), { ...(answer !== undefined && { part: answer.add }), end });
      } catch (error) {
        end(endedBy(toLoomError(error, "a middleware")));
        throw error;
      }
    },
  };
}

function captured(ctx: Context, answer: Gathered, settings: CaptureSettings): CapturedContent | undefined {
  try {
    return contentOf(turnsOf(ctx.call), answer, settings);
  } catch (error) {
    // What a redactor says of its fault may hold the text, so the receipt does not have it.
    ctx.ledger.warn(
      "capture-failed",
      "what was asked and answered is not recorded, because a redactor threw",
    );
    ctx.emit("sink-error", { sink: "capture", error });
    return undefined;
  }
}

function contentOf(
  turns: readonly Turn[],
  answer: Gathered,
  { maxBytes, redactors }: CaptureSettings,
): CapturedContent {
  let left = maxBytes;
  let cut = false;
  const input: Turn[] = [];
  // Of a long conversation the newest turns say most.
  for (const { role, text } of turns.toReversed()) {
    if (left <= 0) {
      cut = true;
      break;
    }
    const kept = redacted(text, left, redactors);
    // Nothing older than a turn that was cut.
    left = kept.cut ? 0 : left - kept.bytes;
    cut ||= kept.cut;
    input.push({ role, text: kept.text });
  }
  const output = redacted(answer.text(), maxBytes, redactors, answer.cut);
  return { input: input.reverse(), output: output.text, cut: cut || output.cut };
}

/** @param already the text is only the beginning of what there was */
function redacted(text: string, maxBytes: number, redactors: readonly Redactor[], already = false): {
  readonly text: string;
  readonly bytes: number;
  readonly cut: boolean;
} {
  const most = maxBytes + marginLetters;
  const long = already || text.length > most;
  let clean = text.length > most ? text.slice(0, most) : text;
  for (const redact of redactors) {
    clean = redact(clean);
    if (typeof clean !== "string") throw new TypeError("a redactor gave no text");
  }
  // The end of a long text may be half of a secret that nobody can recognise.
  if (long) clean = clean.slice(0, Math.max(0, clean.length - marginLetters));
  const { read, written } = encoder.encodeInto(clean, scratchOf(maxBytes));
  const cut = long || read < clean.length;
  return { text: cut ? clean.slice(0, read) + cutMark : clean, bytes: written, cut };
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(0);

/** Room of exactly so many bytes; what is written there is only counted. */
function scratchOf(bytes: number): Uint8Array {
  if (scratch.length < bytes) scratch = new Uint8Array(bytes);
  return scratch.subarray(0, bytes);
}
