/** The room's own door: everything about errors from one place. */

export * from "./classes.ts";
export { type ErrorDetails, LoomError } from "./loom-error.ts";
export { type ErrorRow, errorTable } from "./table.ts";
