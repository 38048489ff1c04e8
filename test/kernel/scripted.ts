/** Replies whose source a test plays by hand, and readers that write down what they get. */

import type { LoomErrorLike } from "../../src/contract/errors.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Flow, Outcome, Receiver, Reply } from "../../src/contract/reply.ts";
import { endedBy, streamedReply } from "../../src/kernel/index.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";

/** A source under the test's control, and what was asked of it. */
export interface Script {
  readonly reply: Reply;
  readonly asked: string[];
  /** Whether somebody has begun to read. */
  readonly started: boolean;
  /** Whether it has ended, by itself or because it was cancelled. */
  readonly ended: boolean;
  push(...parts: Part[]): void;
  end(outcome?: Outcome): void;
}

export interface ScriptOptions {
  /** False: takes note of a cancellation and goes on as before. */
  readonly obeysCancel?: boolean;
}

export function scripted({ obeysCancel = true }: ScriptOptions = {}): Script {
  const asked: string[] = [];
  let receiver: Receiver | undefined;
  let ended = false;
  const end = (outcome: Outcome = { status: "ok" }) => {
    if (ended) return;
    ended = true;
    receiver?.end(outcome);
  };
  const flow: Flow = {
    pause: () => void asked.push("pause"),
    resume: () => void asked.push("resume"),
    cancel: (reason) => {
      asked.push("cancel");
      if (obeysCancel) end(endedBy(reason));
    },
  };
  return {
    reply: streamedReply({ target: fakeTarget(), origin: "vendor", requestId: "req-1" }, (reader) => {
      receiver = reader;
      return flow;
    }),
    asked,
    get started() {
      return receiver !== undefined;
    },
    get ended() {
      return ended;
    },
    push(...parts) {
      if (receiver === undefined) throw new Error("nobody reads yet");
      if (!ended) receiver.parts(parts);
    },
    end,
  };
}

/** What a reader got. */
export interface Recording {
  readonly flow: Flow;
  readonly parts: Part[];
  readonly outcomes: Outcome[];
  /** All texts, joined. */
  readonly text: string;
}

/** Reads a reply and writes down what comes. */
export function record(reply: Reply, onPart?: (part: Part, flow: Flow) => void): Recording {
  const parts: Part[] = [];
  const outcomes: Outcome[] = [];
  const flow: Flow = reply.flow({
    parts(batch) {
      for (const part of batch) {
        parts.push(part);
        onPart?.(part, flow);
      }
    },
    end: (outcome) => void outcomes.push(outcome),
  });
  return {
    flow,
    parts,
    outcomes,
    get text() {
      return parts.map((part) => part.type === "text" ? part.text : "").join("");
    },
  };
}

export function text(value: string): Part {
  return { type: "text", text: value };
}

export const finish: Part = { type: "finish", reason: "stop" };

/** Lets promise chains run to their end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export function failed(error: LoomErrorLike): Outcome {
  return { status: "failed", error };
}
