/** `loom list`: every batch that this machine knows, as a table and as JSON. */

import type { JsonObject } from "../../contract/json.ts";
import type { SeenBatch, SeenBatches } from "./seen-batches.ts";
import { shownPath } from "./texts.ts";

const columns = ["ID", "PROVIDER", "MODEL", "STATUS", "ROWS", "FILE", "CREATED"] as const;

export function batchTable({ batches, broken }: SeenBatches): string {
  const rows = sorted(batches).map((seen) => [
    seen.id,
    seen.provider,
    seen.model,
    statusOf(seen),
    String(seen.rows),
    shownPath(seen.file),
    seen.createdAt.replace("T", " ").replace(/(:\d{2})\.\d+/, "$1"),
  ]);
  const lines: string[] = [];
  if (rows.length > 0) {
    const widths = columns.map((name, at) =>
      Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0))
    );
    for (const row of [columns, ...rows]) {
      lines.push(
        row.map((cell, at) => at === 4 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)).join(
          "  ",
        ).trimEnd(),
      );
    }
  } else lines.push("No batches.");
  for (const { problem } of broken) lines.push(`broken: ${problem}`);
  return lines.join("\n") + "\n";
}

export function batchList({ batches, broken }: SeenBatches): readonly JsonObject[] {
  return [
    ...sorted(batches).map((seen) => {
      const { id, provider, model, status, rows, file, createdAt, path, part } = seen;
      return {
        id,
        provider,
        model,
        status,
        rows,
        file,
        created_at: createdAt,
        output: part.output,
        state: part.state,
        part: part.part + 1,
        parts: part.parts,
        state_file: path,
        ...(part.counts !== undefined && { counts: { ...part.counts } }),
        ...(part.problem !== undefined && { problem: part.problem }),
      };
    }),
    ...broken.map(({ path, problem }) => ({ state_file: path, broken: problem })),
  ];
}

function sorted(batches: readonly SeenBatch[]): readonly SeenBatch[] {
  const key = ({ createdAt, part }: SeenBatch) => `${createdAt} ${String(part.part).padStart(6, "0")}`;
  return batches.toSorted((one, other) => key(one) < key(other) ? -1 : 1);
}

/** What was last seen, and which part of a job it is. */
function statusOf({ status, part: { part, parts, state } }: SeenBatch): string {
  const handed = state === "submitting" ? " (handing in)" : "";
  return parts === 1 ? status + handed : `${status}${handed} ${part + 1}/${parts}`;
}
