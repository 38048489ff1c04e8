/** Gives each program of the documentation a folder of its own, with the files that its page names beside it. */

import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { read, root } from "../../guards/support/files.ts";
import { type Block, ownImport, withSources } from "./blocks.ts";
import { write } from "./workshop.ts";

/** A block that became a program. */
export interface LaidBlock {
  readonly block: Block;
  readonly file: string;
  readonly folder: string;
}

/** Writes `programs` below the workshop. `blocks`: all there are, of which the named ones of a page are written too. */
export function layOut(
  workshop: string,
  programs: readonly Block[],
  blocks: readonly Block[],
): readonly LaidBlock[] {
  return programs.map((block, index) => {
    const folder = join(workshop, `${index}`);
    for (const other of blocks) {
      if (other.path === block.path && other.file !== undefined) place(other, join(folder, other.file));
    }
    const file = join(folder, block.file ?? "block.ts");
    place(block, file);
    return { block, file, folder };
  });
}

function place({ path, language, text }: Block, file: string): void {
  if (language !== "ts" && language !== "typescript") return write(file, text);
  const toRoot = relative(dirname(file), fileURLToPath(root)).replaceAll("\\", "/") + "/";
  const missing = path.endsWith(".ts") ? ownImport(read(path), text, toRoot + path) : "";
  write(file, `${missing}${withSources(text, toRoot)}\nexport {};\n`);
}
