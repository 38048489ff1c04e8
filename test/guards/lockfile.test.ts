/** The lock file installs everywhere: it knows every platform's packages, and names no download addresses. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { read } from "./support/files.ts";

interface Locked {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(read("package-lock.json")) as { packages: Readonly<Record<string, Locked>> };

describe("package-lock.json", () => {
  it("names no download addresses", () => {
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    assert.deepEqual(named.map(([path]) => path), []);
  });

  it("knows every optional package, of other platforms too; npm ci refuses a lock file that does not", () => {
    const missing: string[] = [];
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        const known = [`${path}/node_modules/${name}`, `node_modules/${name}`].some((place) =>
          place in packages
        );
        if (!known) missing.push(`${name} of ${path}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});
