/** Checks of request fields that several formats make; each fault names the field and the fix. */

import type { Json, JsonObject, Params } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";

/** What a param must be. `any`: the vendor judges. */
export type FieldKind = "text" | "number" | "whole" | "flag" | "texts" | "any";

/** The fault of one field, for throwing. */
export function invalid(path: string, message: string): Error {
  return loomError("invalid-request", `${path}: ${message}`, { path });
}

/** Absent and null are the same to OpenAI's API. */
export function given(body: JsonObject, name: string): Json | undefined {
  const value = body[name];
  return value === null ? undefined : value;
}

/** @throws LoomError `invalid-request`, when it is no text; an absent one is `undefined` */
export function optionalText(body: JsonObject, name: string): string | undefined {
  const value = given(body, name);
  if (value !== undefined && typeof value !== "string") throw invalid(name, "must be a text");
  return value;
}

/** @throws LoomError `invalid-request`, when it is missing, empty or no text */
export function requiredText(body: JsonObject, name: string, what: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") throw invalid(name, `is missing; give ${what}`);
  return value;
}

export function modelOf(body: JsonObject, example: string): string {
  return requiredText(body, "model", `the name of a model, such as ${example}`);
}

/** @throws LoomError `invalid-request` */
export function optionalFlag(body: JsonObject, name: string): boolean | undefined {
  const value = given(body, name);
  return value === undefined ? undefined : checked(name, value, "flag") === true;
}

/** @throws LoomError `invalid-request` */
export function optionalCount(body: JsonObject, name: string): number | undefined {
  const value = given(body, name);
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
    throw invalid(name, "must be a whole number from 1");
  }
  return value;
}

/**
 * The fields of these names as params.
 *
 * @param fromForm numbers and flags are written as texts
 * @throws LoomError `invalid-request`
 */
export function readParams(
  body: JsonObject,
  kinds: ReadonlyMap<string, FieldKind>,
  fromForm: boolean = false,
): Params {
  const params: Record<string, Json> = {};
  for (const [name, kind] of kinds) {
    const value = given(body, name);
    if (value !== undefined) params[name] = checked(name, fromForm ? parsed(value, kind) : value, kind);
  }
  return params;
}

/** Fields of a body that a format has no word for. Null says nothing, so it is not missed. */
export function unknownFields(
  body: JsonObject,
  ...known: readonly { has(name: string): boolean }[]
): readonly string[] {
  return Object.keys(body).filter((name) =>
    given(body, name) !== undefined && !known.some((names) => names.has(name))
  );
}

const wants: Readonly<Record<Exclude<FieldKind, "any">, string>> = {
  text: "a text",
  number: "a number",
  whole: "a whole number",
  flag: "true or false",
  texts: "a list of texts",
};

function checked(name: string, value: Json, kind: FieldKind): Json {
  if (kind === "any" || fits(value, kind)) return value;
  throw invalid(name, `must be ${wants[kind]}`);
}

function fits(value: Json, kind: Exclude<FieldKind, "any">): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "whole":
      return Number.isInteger(value);
    case "flag":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.every((entry) => typeof entry === "string");
  }
}

/** What is not of the kind stays a text, for the check to refuse. */
function parsed(value: Json, kind: FieldKind): Json {
  if (typeof value !== "string") return value;
  if (kind === "flag" && (value === "true" || value === "false")) return value === "true";
  if (kind === "texts") return [value];
  if (kind !== "number" && kind !== "whole") return value;
  const number = Number(value);
  return value.trim() === "" || !Number.isFinite(number) ? value : number;
}
