/** Many calls at once: https://platform.claude.com/docs/en/build-with-claude/batch-processing */

import {
  asCount,
  asFields,
  asList,
  asText,
  type BatchCodec,
  type BatchPage,
  type BatchState,
  type BatchStatus,
  type Codec,
  type Fields,
  type Json,
  letters,
  loomError,
  type Manifest,
  type Operation,
  type Part,
  rowRequest,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { decodeWhole, type Reading } from "./decode.ts";
import { messagesPath } from "./encode.ts";
import { faultIn } from "./faults.ts";

/** Rows that did not begin within this time are given up. */
const windowMs = 24 * 60 * 60 * 1000;

export function batches(manifest: Manifest, encode: Codec["encode"], how: Reading): BatchCodec {
  const root = `${messagesPath(manifest)}/batches`;
  const ask = (method: "GET" | "POST", id: string, after = ""): WireRequest => ({
    method,
    path: `${root}/${encodeURIComponent(id)}${after}`,
    stream: false,
  });
  const decode = (body: Json | Uint8Array, head: WireReplyHead) => stateOf(body, head, how);
  // The newest come first.
  const page = (after?: string): Operation<BatchPage> => ({
    request: {
      method: "GET",
      path: `${root}?limit=100${after === undefined ? "" : `&after_id=${encodeURIComponent(after)}`}`,
      stream: false,
    },
    decode(body, head) {
      const fields = asFields(body);
      const found = asList(fields?.["data"]);
      if (found === undefined) throw how.errors.notAnAnswer(head, "the list of batches is not a list");
      const batches = found.map((one) => ({ state: stateOf(one as Json, head, how) }));
      const last = asText(fields?.["last_id"]);
      return fields?.["has_more"] === true && last !== undefined
        ? { batches, next: page(last) }
        : { batches };
    },
  });
  return {
    limits: { maxRows: 100_000, maxBytes: 256_000_000 },
    row({ customId, ctx }, label) {
      const { body, headers } = rowRequest(encode, ctx);
      const betas = headers?.["anthropic-beta"];
      const mark = betas === undefined ? "" : `"betas":${JSON.stringify(betas)},`;
      return `{${mark}"custom_id":${JSON.stringify(markOf(label) + customId)},"params":${body}}`;
    },
    submit(rows) {
      const { bare, betas } = withoutBetas(rows);
      return {
        request: {
          method: "POST",
          path: root,
          ...(betas.length > 0 && { headers: { "anthropic-beta": betas.join(",") } }),
          body: `{"requests":[${bare.join(",")}]}`,
          stream: false,
          once: true,
        },
        decode,
      };
    },
    // Batches keep nothing beside their rows, so that only results say whose they are.
    list: () => page(),
    status: (_, id) => ({ request: ask("GET", id), decode }),
    cancel: (_, id) => ({ request: ask("POST", id, "/cancel"), decode }),
    // What a batch names as its `results_url`.
    results: (_, id) => ({ files: [{ ...ask("GET", id, "/results"), answer: "bytes" }] }),
    customIdOf(result) {
      const id = asText(asFields(result)?.["custom_id"]);
      if (id !== undefined) return id.replace(mark, "");
      const message = `${manifest.label} sent a result without \`custom_id\``;
      throw loomError("invalid-reply", message, {}, { provider: manifest.id });
    },
    isOf: (result, label) => asText(asFields(result)?.["custom_id"])?.startsWith(markOf(label)) === true,
    decodeRow: (result, head) => decodeRow(result, head, manifest, how),
  };
}

/** What a label puts in front of the ids of rows. */
const mark = /^loom[0-9A-Za-z]{12}__/;

function markOf(label: string | undefined): string {
  return label === undefined ? "" : `loom${letters(label, 12)}__`;
}

/** Betas are asked for in the head of the request, which all rows share: `row` wrote them in front. */
function withoutBetas(
  rows: readonly string[],
): { readonly bare: readonly string[]; readonly betas: readonly string[] } {
  const betas = new Set<string>();
  const bare = rows.map((row) => {
    const found = /^\{"betas":("(?:[^"\\]|\\.)*"),/.exec(row);
    if (found === null) return row;
    for (const name of (JSON.parse(found[1] as string) as string).split(",")) betas.add(name.trim());
    return `{${row.slice(found[0].length)}`;
  });
  return { bare, betas: [...betas] };
}

function stateOf(body: Json | Uint8Array, head: WireReplyHead, { errors }: Reading): BatchState {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  const fault = faultIn(fields, head, errors);
  if (fault !== undefined) throw fault;
  const id = asText(fields["id"]);
  if (id === undefined) throw errors.notAnAnswer(head, "it names no batch");
  const vendorStatus = asText(fields["processing_status"]) ?? "";
  const counted = asFields(fields["request_counts"]);
  const counts = counted === undefined ? undefined : countsOf(counted);
  const createdAtMs = Date.parse(asText(fields["created_at"]) ?? "");
  const expiresAtMs = Date.parse(asText(fields["expires_at"]) ?? "");
  return {
    id,
    status: statusOf(vendorStatus, counts),
    vendorStatus,
    ...(counts !== undefined && {
      counts: {
        total: counts.total,
        succeeded: counts.succeeded,
        failed: counts.errored + counts.canceled + counts.expired,
      },
    }),
    ...(Number.isNaN(createdAtMs) ? {} : { createdAtMs }),
    ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
    // Results are kept for 29 days, then the batch is archived.
    hasResults: vendorStatus === "ended" && asText(fields["archived_at"]) === undefined,
  };
}

interface Counts {
  readonly total: number;
  readonly succeeded: number;
  readonly errored: number;
  readonly canceled: number;
  readonly expired: number;
}

function countsOf(counted: Fields): Counts {
  const count = (name: string) => asCount(counted[name]) ?? 0;
  const succeeded = count("succeeded");
  const errored = count("errored");
  const canceled = count("canceled");
  const expired = count("expired");
  const total = count("processing") + succeeded + errored + canceled + expired;
  return { total, succeeded, errored, canceled, expired };
}

/** All batches end in the same word; what became of the rows says how. */
function statusOf(word: string, counts: Counts | undefined): BatchStatus {
  if (word === "in_progress" || word === "canceling") return "in_progress";
  if (word !== "ended") return "unknown";
  if (counts === undefined || counts.total === 0) return "completed";
  if (counts.canceled === counts.total) return "cancelled";
  return counts.expired === counts.total ? "expired" : "completed";
}

function decodeRow(
  result: Json,
  head: WireReplyHead,
  manifest: Manifest,
  how: Reading,
): readonly Part[] {
  const outcome = asFields(asFields(result)?.["result"]);
  const details = { provider: head.ctx.target.provider, model: head.ctx.target.model };
  switch (outcome?.["type"]) {
    case "succeeded":
      return decodeWhole((outcome["message"] ?? null) as Json, head, how);
    case "errored": {
      const error = asFields(outcome["error"]) ?? {};
      // In its envelope, as in answers; a bare one is read as well.
      const fields = asFields(error["error"]) === undefined ? { error } : error;
      throw faultIn(fields, head, how.errors) ?? how.errors.notAnAnswer(head, "it failed without an error");
    }
    case "canceled":
      throw loomError(
        "aborted",
        `${manifest.label}: the batch was cancelled before this row began`,
        {},
        details,
      );
    case "expired": {
      const message = `${manifest.label}: the batch expired before this row began`;
      throw loomError("timed-out", message, { phase: "total", afterMs: windowMs }, details);
    }
    default:
      throw how.errors.notAnAnswer(head, "a result of a batch does not say what became of its row");
  }
}
