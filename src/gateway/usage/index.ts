/** The door of this room: what the server needs of the accounts of usage. */

export { readUsageQuery, type UsageQuestion } from "./read-query.ts";
export type { Filter, Grouping, UsageFigures, UsageQuery, UsageRow } from "./rows.ts";
export { csv, csvContentType, usageJson } from "./show.ts";
export { createUsage, type Usage, type UsageOptions } from "./usage.ts";
