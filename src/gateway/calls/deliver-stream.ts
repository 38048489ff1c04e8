/** Delivers a streamed answer: pieces as they come, heartbeats while nothing does, and an end that says what it is. */

import type { Batch, Clock, Flow, LoomErrorLike, Outcome, Receiver, Reply } from "../../contract/index.ts";
import type { Running } from "../../client/engine.ts";
import { toLoomError } from "../../errors/index.ts";
import { abortedError } from "../../plugin.ts";
import type { AnswerFacts, Format, StreamWriter } from "../format.ts";
import type { Headers, HttpExchange } from "../http/exchange.ts";
import { answerHeaders, requestHeaders } from "./answer-headers.ts";
import { faultOf } from "./fault.ts";
import { sendFault } from "./send-fault.ts";

export interface StreamSettings {
  readonly enabled: boolean;
  readonly flushIntervalMs: number;
  /** 0: never. */
  readonly heartbeatMs: number;
  readonly stalledClientMs: number;
}

const comment = ": loom\n\n";
/** No more than this waits for the flush interval to pass: letters, or bytes. */
const maxGathered = 64 * 1024;

/** Settles when the answer has ended, however it did. */
export function deliverStream(
  format: Format,
  exchange: HttpExchange,
  running: Running,
  requestId: string,
  facts: (reply: Reply) => AnswerFacts,
  overhead: () => number,
  clock: Clock,
  settings: StreamSettings,
): Promise<void> {
  return new Promise((resolve) => {
    const delivery = new Delivery(format, exchange, running, requestId, clock, settings, resolve);
    running.reply.then(
      (reply) => delivery.start(reply, facts(reply), overhead()),
      (error) => delivery.fail(toLoomError(error, "the gateway")),
    );
  });
}

class Delivery implements Receiver {
  readonly #format: Format;
  readonly #exchange: HttpExchange;
  readonly #running: Running;
  readonly #requestId: string;
  readonly #clock: Clock;
  readonly #settings: StreamSettings;
  readonly #done: () => void;
  #writer: StreamWriter | undefined;
  /** The answer goes out as the vendor wrote it. */
  #verbatim = false;
  #flow: Flow | undefined;
  #ended = false;
  #paused = false;
  #stopStall: (() => void) | undefined;
  #stopHeartbeat: (() => void) | undefined;
  #lastPieceMs: number;
  /** What waits for the flush interval to pass. */
  #gathered: (string | Uint8Array)[] = [];
  #gatheredLength = 0;
  #stopFlush: (() => void) | undefined;

  constructor(
    format: Format,
    exchange: HttpExchange,
    running: Running,
    requestId: string,
    clock: Clock,
    settings: StreamSettings,
    done: () => void,
  ) {
    this.#format = format;
    this.#exchange = exchange;
    this.#running = running;
    this.#requestId = requestId;
    this.#clock = clock;
    this.#settings = settings;
    this.#done = done;
    this.#lastPieceMs = clock.monotonic();
    exchange.onDrain(() => this.#drained());
    this.#watchSilence();
  }

  start(reply: Reply, facts: AnswerFacts, overheadMs: number): void {
    if (this.#ended) return reply.flow({ parts: () => {}, end: () => {} }).cancel(abortedError());
    this.#verbatim = reply.verbatim !== undefined && reply.verbatim.dialect === this.#format.dialect;
    if (!this.#verbatim) this.#writer = this.#format.stream?.(facts);
    if (!this.#exchange.begun) {
      const headers = answerHeaders(this.#requestId, this.#running.ctx, reply, overheadMs);
      // What it costs is known only when it has ended.
      delete headers["x-loom-cost-usd"];
      this.#begin(headers);
    }
    this.#flow = reply.flow(this);
  }

  parts(batch: Batch): void {
    if (this.#ended) return;
    if (this.#verbatim) return this.#write(batch.frames ?? "");
    try {
      this.#write(this.#writer?.parts(batch) ?? "");
    } catch (error) {
      const fault = toLoomError(error, "the gateway");
      this.fail(fault);
      this.#running.cancel(fault);
    }
  }

  end(outcome: Outcome): void {
    if (this.#ended) return;
    if (outcome.status === "cancelled" && this.#running.ctx.cancellation.reason?.code === "aborted") {
      return this.#finish(() => this.#exchange.destroy());
    }
    let last: string | Uint8Array;
    if (!this.#verbatim) last = this.#writer?.end(outcome) ?? "";
    else if (outcome.status === "ok") last = this.#format.verbatimEnd ?? "";
    else last = this.#errorEvent(outcome.error);
    this.#write(last);
    this.#finish(() => this.#exchange.end());
  }

  /** The call failed before its answer began; headers may have gone out already, with a heartbeat. */
  fail(error: LoomErrorLike): void {
    if (this.#ended) return;
    if (error.code === "aborted") return this.#finish(() => this.#exchange.destroy());
    if (!this.#exchange.begun) {
      return this.#finish(() =>
        sendFault(this.#format, this.#exchange, error, this.#requestId, this.#running.ctx)
      );
    }
    this.#write(this.#errorEvent(error));
    this.#finish(() => this.#exchange.end());
  }

  #errorEvent(error: LoomErrorLike): string {
    return this.#format.errorEvent(error, faultOf(error).status, this.#requestId);
  }

  #begin(headers: Headers): void {
    headers["content-type"] = this.#format.streamType ?? "text/event-stream";
    headers["cache-control"] = "no-cache";
    // Proxies that gather answers would undo the stream.
    headers["x-accel-buffering"] = "no";
    this.#exchange.begin(200, headers);
  }

  #write(piece: string | Uint8Array): void {
    if (piece.length === 0) return;
    this.#lastPieceMs = this.#clock.monotonic();
    if (this.#settings.flushIntervalMs === 0) return this.#send(piece);
    this.#gathered.push(piece);
    this.#gatheredLength += piece.length;
    if (this.#gatheredLength > maxGathered) return this.#flush();
    this.#stopFlush ??= this.#clock.after(this.#settings.flushIntervalMs, () => this.#flush());
  }

  #flush(): void {
    this.#stopFlush?.();
    this.#stopFlush = undefined;
    const pieces = this.#gathered;
    if (pieces.length === 0) return;
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (pieces.every((piece) => typeof piece === "string")) return this.#send(pieces.join(""));
    for (const piece of pieces) this.#send(piece);
  }

  #send(piece: string | Uint8Array): void {
    if (this.#exchange.write(piece) || this.#paused) return;
    this.#paused = true;
    this.#flow?.pause();
    this.#stopStall = this.#clock.after(this.#settings.stalledClientMs, () => this.#stalled());
  }

  #drained(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stopStall?.();
    this.#flow?.resume();
  }

  /** A client that reads nothing any more is as good as gone. */
  #stalled(): void {
    this.#running.cancel(abortedError());
    this.#finish(() => this.#exchange.destroy());
  }

  #watchSilence(): void {
    const { heartbeatMs } = this.#settings;
    if (heartbeatMs === 0) return;
    const beat = () => {
      const silentMs = this.#clock.monotonic() - this.#lastPieceMs;
      if (silentMs >= heartbeatMs) this.#beat();
      const nextMs = silentMs >= heartbeatMs ? heartbeatMs : heartbeatMs - silentMs;
      this.#stopHeartbeat = this.#clock.after(nextMs, beat, { background: true });
    };
    this.#stopHeartbeat = this.#clock.after(heartbeatMs, beat, { background: true });
  }

  #beat(): void {
    if (this.#paused) return;
    if (!this.#exchange.begun) this.#begin(requestHeaders(this.#requestId));
    this.#lastPieceMs = this.#clock.monotonic();
    this.#send(this.#format.heartbeat ?? comment);
  }

  #finish(how: () => void): void {
    this.#flush();
    this.#ended = true;
    this.#stopStall?.();
    this.#stopHeartbeat?.();
    how();
    this.#done();
  }
}
