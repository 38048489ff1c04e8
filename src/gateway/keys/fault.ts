/** What is wrong with an option of the keys, and the questions that several checks ask. */

import { nearest } from "../../util/nearest.ts";

export interface KeyFault {
  /** Such as `keys[2].key`. */
  readonly path: string;
  readonly problem: string;
}

const dateShape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

export function unknownFields(path: string, value: object, known: readonly string[]): KeyFault[] {
  return Object.keys(value).filter((name) => !known.includes(name)).map((name) => {
    const [near] = nearest(name, known, 1);
    const hint = near === undefined ? `fields are ${known.join(", ")}` : `did you mean ${near}?`;
    return { path: `${path}.${name}`, problem: `is not known; ${hint}` };
  });
}

export function isDate(value: unknown): boolean {
  return typeof value === "string" && dateShape.test(value) && !Number.isNaN(Date.parse(value));
}

/** Printed in logs, tables and metrics, so nothing that ends a line. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}]{1,200}$/u.test(value);
}
