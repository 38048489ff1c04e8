/** The prompt of a row: its column, or a template filled with its columns. */

import type { Json } from "../../contract/json.ts";
import { loomError } from "../../errors/index.ts";
import { nearest } from "../../util/nearest.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { AskSpec } from "./ask-spec.ts";

export type PromptOf = (row: DatasetRow) => string;

/** Compiled once per job. @throws LoomError `invalid-request`, when a template has a brace that closes nothing */
export function promptOf({ column, template }: Pick<AskSpec, "column" | "template">): PromptOf {
  if (template === undefined) return (row) => checked(row, textOf(row, column));
  const pieces = piecesOf(template);
  return (row) =>
    checked(
      row,
      pieces.map((piece) => typeof piece === "string" ? piece : textOf(row, piece.column)).join(""),
    );
}

/** The columns that a job reads. */
export function columnsOf({ column, template }: Pick<AskSpec, "column" | "template">): readonly string[] {
  if (template === undefined) return [column];
  return [...new Set(piecesOf(template).flatMap((piece) => typeof piece === "string" ? [] : [piece.column]))];
}

/**
 * The columns that a job reads must be there before anything is spent.
 *
 * @param columns of the dataset
 * @throws LoomError `invalid-request`, naming the columns there are
 */
export function checkColumns(spec: Pick<AskSpec, "column" | "template">, columns: readonly string[]): void {
  for (const name of columnsOf(spec)) if (!columns.includes(name)) throw noColumn(name, columns);
}

function noColumn(name: string, columns: readonly string[]): Error {
  const near = nearest(name, columns, 1)[0];
  const help = near === undefined ? "" : `; did you mean "${near}"?`;
  const there = columns.map((column) => JSON.stringify(column)).join(", ");
  return loomError("invalid-request", `there is no column "${name}"${help} Columns are ${there}`, {
    path: "col",
  });
}

type Piece = string | { readonly column: string };

function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: whole, 1: name = "", index } of template.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)) {
    if (name === "") throw badTemplate("{{}} names no column");
    if (index > at) pieces.push(template.slice(at, index));
    pieces.push({ column: name });
    at = index + whole.length;
  }
  if (at < template.length) pieces.push(template.slice(at));
  if (!pieces.some((piece) => typeof piece !== "string")) {
    throw badTemplate("names no column, so that all rows would ask the same; write {{column}}");
  }
  return pieces;
}

function badTemplate(problem: string): Error {
  return loomError("invalid-request", `--prompt-template: ${problem}`, { path: "prompt-template" });
}

function textOf(row: DatasetRow, column: string): string {
  const value: Json | undefined = Object.hasOwn(row.fields, column) ? row.fields[column] : undefined;
  if (value === undefined) {
    const { message } = noColumn(column, Object.keys(row.fields));
    throw rowFault(row, message);
  }
  return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}

function checked(row: DatasetRow, prompt: string): string {
  if (prompt.trim() !== "") return prompt;
  throw rowFault(row, "the prompt is empty");
}

function rowFault({ index, line, id }: DatasetRow, problem: string): Error {
  return loomError("invalid-request", `row ${index + 1} (id ${id}, line ${line}): ${problem}`, {
    path: "prompt",
  });
}
