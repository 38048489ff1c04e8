/** Work that a vendor has only begun: how it is asked after, and what its words mean. */

import {
  asFields,
  asWord,
  type Decoded,
  faultOfText,
  type Json,
  jsonPointer,
  type LoomError,
  type ManifestMedia,
  type ManifestMediaJob,
  type ManifestMediaStep,
  type Pending,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import type { Reading } from "./decode.ts";
import { prefixOf } from "./encode.ts";
import { faultAt, type Faults } from "./faults.ts";
import { firstOf } from "./places.ts";
import { filled, pathOf } from "./template.ts";

/** Answers of a job that complain of load, in a row, before the job is given up. */
const maxTroubles = 10;
const troubleWaitMs = 5_000;

/** What is known of one job. */
interface Job {
  readonly id: string;
  readonly poll: WireRequest;
  readonly cancel?: WireRequest;
  /** The answer that began it. */
  readonly begun: unknown;
}

/** Reads the answer that begins a job. */
export function jobReader(
  form: ManifestMedia,
  rules: ManifestMediaJob,
  faults: Faults,
  read: Reading,
): (body: Json, head: WireReplyHead) => Decoded {
  const idOf = firstOf(rules.id ?? "/id");
  const urlOf = firstOf(rules.url);
  const statusOf = firstOf(...(rules.status ?? ["/status"]));
  const errorAt = firstOf(rules.error ?? "/error");
  const progressOf = firstOf(rules.progress);
  const words = (list: readonly string[] = []) => new Set(list.map((word) => word.toLowerCase()));
  const [done, failed, blocked] = [words(rules.done), words(rules.failed), words(rules.blocked)];
  const prefix = prefixOf(form);

  function step(
    { method = "GET", path, body }: ManifestMediaStep,
    id: string,
    said: unknown,
    head: WireReplyHead,
    more: Partial<WireRequest> = {},
  ): WireRequest {
    const filledPath = pathOf(
      path,
      (hole) =>
        hole === "id"
          ? id
          : hole === "model"
          ? head.ctx.target.upstreamModel
          : asWord(jsonPointer(hole)(said)),
    );
    if (filledPath === undefined) throw faults.notAnAnswer(head, `it lacks what ${path} needs`);
    return {
      method,
      path: prefix + filledPath,
      ...(body !== undefined && { body: JSON.stringify(filled(body, "{id}", id)) }),
      stream: false,
      ...more,
    };
  }

  function pending(job: Job, troubles: number, more: Pick<Pending, "waitMs" | "progress"> = {}): Pending {
    return {
      next: job.poll,
      jobId: job.id,
      decode: (body, head) => look(job, body as Json, head, troubles),
      ...more,
      ...(job.cancel !== undefined && { cancel: job.cancel }),
    };
  }

  /** How far it is. */
  function look(job: Job, body: Json, head: WireReplyHead, troubles: number): Decoded {
    const status = asWord(statusOf(body));
    const word = status?.toLowerCase() ?? "";
    const fault = faults.inBody(body);
    if (fault !== undefined && !failed.has(word)) {
      return patient(job, faults.errorOf(head, fault), troubles);
    }
    if (blocked.has(word)) throw faults.heldBack(head, failureOf(body)?.message ?? status);
    if (failed.has(word)) {
      const why = failureOf(body) ?? fault ?? faultOfText(`the work ended as "${status}"`);
      throw faults.errorOf(head, why);
    }
    if (done.has(word)) return finished(job, body, head);
    if (status === undefined) return read.whole(body, head, job.begun);
    return pending(job, 0, progress(body));
  }

  /** A vendor under load says so of the question, not of the job. */
  function patient(job: Job, error: LoomError, troubles: number): Pending {
    if (error.recovery !== "same-target" || troubles >= maxTroubles) throw error;
    return pending(job, troubles + 1, { waitMs: error.retryAfterMs ?? troubleWaitMs });
  }

  function failureOf(body: unknown) {
    const found = errorAt(body);
    return faultAt(found) ?? (asFields(found) === undefined ? faults.anywhere(body) : undefined);
  }

  function finished(job: Job, body: Json, head: WireReplyHead): Decoded {
    const { result } = rules;
    if (result === undefined) return read.whole(body, head, job.begun);
    const bytes = result.as === "bytes";
    return {
      next: step(result, job.id, body, head, bytes ? { answer: "bytes" } : {}),
      jobId: job.id,
      waitMs: 0,
      decode: (came, last) =>
        came instanceof Uint8Array ? read.bytes(came, last, body) : read.whole(came, last, job.begun),
    };
  }

  function progress(body: unknown): Pick<Pending, "progress"> {
    const said = Number(progressOf(body) ?? Number.NaN);
    if (!(said >= 0)) return {};
    return { progress: Math.min(1, said > 1 ? said / 100 : said) };
  }

  return (body, head) => {
    const fault = faults.inBody(body);
    if (fault !== undefined) throw faults.errorOf(head, fault);
    const id = asWord(idOf(body));
    const url = urlOf(body);
    if (id === undefined) {
      const complaint = faults.anywhere(body);
      if (complaint !== undefined) throw faults.errorOf(head, complaint);
      throw faults.notAnAnswer(head, "the id of the work is missing");
    }
    const word = asWord(statusOf(body))?.toLowerCase() ?? "";
    const { poll, cancel } = rules;
    const address = typeof url === "string" && url !== "" ? url : undefined;
    if (address === undefined && poll === undefined) {
      throw faults.notAnAnswer(head, "the address to ask after the work is missing");
    }
    const job: Job = {
      id,
      begun: body,
      poll: address === undefined
        ? step(poll as ManifestMediaStep, id, body, head)
        : { method: "GET", path: address, stream: false },
      ...(cancel !== undefined && { cancel: step({ method: "POST", ...cancel }, id, body, head) }),
    };
    const over = done.has(word) || failed.has(word) || blocked.has(word);
    return over ? look(job, body, head, 0) : pending(job, 0, progress(body));
  };
}
