/** Who may import what: one row per room of the house, as DESIGN draws it. */

/** What one room may import, besides its own files. */
export interface Room {
  /** Files, and folders with all below them. */
  readonly uses: readonly string[];
  /** Of these, types only. */
  readonly typesOf?: readonly string[];
  /** npm packages, and `node:*`; `any`: whatever package.json declares. */
  readonly packages: readonly string[] | "any";
}

const contract = "src/contract";
const errors = "src/errors";
const util = "src/util";
const kernel = "src/kernel";
const runtime = "src/runtime";

/** Everything that the composition root puts together. */
const inner = [
  contract,
  errors,
  util,
  kernel,
  runtime,
  "src/vendor",
  "src/wire",
  "src/middleware",
  "src/catalog",
  "src/di",
  "src/discovery",
];

/** What the faces beside the SDK build on. */
const outer = [contract, errors, util, runtime, "src/client", "src/catalog", "src/index.ts", "src/plugin.ts"];

/** By path; the longest that fits a file is its room. */
export const rooms: Readonly<Record<string, Room>> = {
  [contract]: { uses: [], packages: [] },
  [util]: { uses: [], typesOf: [contract], packages: [] },
  [errors]: { uses: [contract], packages: [] },
  [kernel]: { uses: [contract, errors, util], packages: [] },
  "src/wire": { uses: [contract, errors, util], packages: ["undici", "node:*"] },
  "src/middleware": {
    uses: [contract, errors, util, kernel],
    packages: ["lru-cache", "opossum", "@opentelemetry/api", "node:*"],
  },
  "src/catalog": { uses: [contract, errors, util, "catalog/_index.ts"], packages: ["yaml", "zod", "node:*"] },
  "src/di": { uses: [contract, errors], packages: [] },
  "src/di/container.ts": {
    uses: [contract, errors, "src/di"],
    packages: ["tsyringe", "reflect-metadata"],
  },
  "src/vendor": { uses: [contract, errors, util], packages: [] },
  [runtime]: { uses: [contract, errors, util], packages: ["node:*"] },
  "src/discovery": {
    uses: [contract, errors, "src/di", runtime, util, "plugins/_index.ts"],
    packages: ["yaml", "zod", "node:*"],
  },
  "src/client": { uses: inner, packages: "any" },
  "src/testing": { uses: [contract, errors, util, kernel, "src/di", "src/plugin.ts"], packages: ["node:*"] },
  "src/batch": { uses: outer, packages: "any" },
  "src/gateway": { uses: outer, packages: "any" },
  "src/dashboard": { uses: outer, packages: "any" },
  "src/cli": { uses: [...outer, "src/batch", "src/gateway", "src/dashboard"], packages: "any" },
  "src/index.ts": { uses: [...inner, "src/client", "src/batch"], packages: [] },
  "src/plugin.ts": { uses: [contract, errors, util, kernel, "src/vendor", "src/di"], packages: [] },
  "src/testing.ts": { uses: [contract, errors, "src/testing"], packages: [] },
  "src/gateway.ts": { uses: [contract, errors, "src/gateway", "src/dashboard"], packages: [] },
  "src/cli.ts": { uses: ["src/cli"], packages: [] },
  // Generated: names every plugin, and each is a stranger to the others.
  "plugins/_index.ts": { uses: ["src/plugin.ts", "plugins"], packages: [] },
  "catalog/_index.ts": { uses: ["catalog/_compiled"], packages: [] },
  plugins: { uses: ["src/plugin.ts"], packages: "any" },
};

/** Whether a path is the file or lies in the folder. */
export const within = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}/`);

/** The key of a file's room in the table; `undefined`: nobody thought of it. */
export function roomOf(path: string): string | undefined {
  return Object.keys(rooms).filter((place) => within(path, place)).sort((a, b) => b.length - a.length)[0];
}

/** What a file shares its privacy with: its room, and for a plugin its own folder (or, of one file, itself). */
export function homeOf(path: string, room: string): string {
  if (room !== "plugins") return room;
  const [top = "", kind = "", id = ""] = path.split("/");
  return `${top}/${kind}/${id}`;
}
