/** Says what is wrong with an import. */

import { read } from "./files.ts";
import { type Import, isRelative, packageOf, resolveFrom } from "./imports.ts";
import { homeOf, roomOf, rooms, within } from "./rooms.ts";

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const { dependencies, peerDependencies = {} } = JSON.parse(read("package.json")) as PackageFile;
const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);

/** The two packages that only one file knows. */
const container = "src/di/container.ts";
const containerPackages = ["tsyringe", "reflect-metadata"];

/** Only discovery imports modules that it does not know beforehand: plugins. */
const mayCompute = ["src/discovery/import.ts"];

/** What is wrong with one import of a file; `undefined`: nothing. `known`: the files that there are. */
export function faultOf(path: string, one: Import, known: ReadonlyMap<string, unknown>): string | undefined {
  const place = roomOf(path);
  const room = rooms[place ?? ""];
  if (place === undefined || room === undefined) {
    return "lies in no room; add it to test/guards/support/rooms.ts";
  }
  const { kind, specifier } = one;
  if (kind === "computed") return mayCompute.includes(path) ? undefined : "imports a computed name";
  if (isRelative(specifier)) {
    const target = resolveFrom(path, specifier);
    if (!known.has(target) && !target.endsWith(".json")) return `imports ${target}, which does not exist`;
    const fits = (allowed: string) => within(target, allowed);
    if (fits(homeOf(path, place)) || room.uses.some(fits)) return undefined;
    if (room.typesOf?.some(fits) !== true) return `imports ${target}`;
    return kind === "type" ? undefined : `imports ${target} at run time; only its types are allowed`;
  }
  const name = packageOf(specifier);
  if (name !== "node:*" && !declared.has(name)) return `imports ${name}, which package.json does not declare`;
  if (containerPackages.includes(name) && path !== container) return `imports ${name}; only ${container} may`;
  if (room.packages === "any" || room.packages.includes(name)) return undefined;
  return `imports the package ${specifier}`;
}
