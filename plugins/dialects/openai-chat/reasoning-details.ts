/** Keeps OpenRouter's `reasoning_details`, which go back unchanged with the next turn, signatures and encrypted thinking included. */

import { asFields, asList, type Fields, type Json, type JsonObject, type Part } from "../../../src/plugin.ts";
import { at } from "./content.ts";

/** Bounds of one answer, against vendors that never stop. */
const maxDetails = 4096;
/** Fields that streams send in pieces. */
const inPieces: readonly string[] = ["text", "summary", "data"];

/** The details of one choice, joined from a stream's pieces. */
export class ReasoningDetails {
  readonly #details: Record<string, Json>[] = [];

  read(message: Fields, fault: (why: string) => Error): void {
    for (const entry of asList(message["reasoning_details"]) ?? []) {
      const detail = asFields(entry);
      if (detail === undefined) continue;
      const open = this.#details.at(-1);
      if (open !== undefined && continues(open, detail)) join(open, detail);
      else if (this.#details.length >= maxDetails) throw fault("it has too many `reasoning_details`");
      else this.#details.push({ ...detail } as Record<string, Json>);
    }
  }

  /** Nothing more comes: gives them as one block. */
  complete(choice: number, parts: Part[]): void {
    const details = this.#details.splice(0);
    if (details.length > 0) {
      parts.push(at(choice, { type: "native", value: { reasoning_details: details } }));
    }
  }
}

/** The details of a block that was decoded here. */
export function detailsOfBlock(value: JsonObject): readonly Json[] | undefined {
  return asList(value["reasoning_details"]) as readonly Json[] | undefined;
}

/** Whether a piece belongs to the detail before it: the same kind, the same number, and no other id. */
function continues(open: Fields, piece: Fields): boolean {
  if (open["type"] !== piece["type"] || open["index"] !== piece["index"]) return false;
  // Encrypted thinking comes whole; another one is another.
  if (piece["type"] === "reasoning.encrypted" && open["data"] !== undefined) return false;
  const { id } = piece;
  return id === undefined || id === null || open["id"] === undefined || open["id"] === null ||
    open["id"] === id;
}

function join(open: Record<string, Json>, piece: Fields): void {
  for (const [name, value] of Object.entries(piece)) {
    if (value === undefined || value === null) continue;
    const before = open[name];
    open[name] = inPieces.includes(name) && typeof before === "string" && typeof value === "string"
      ? before + value
      : value as Json;
  }
}
