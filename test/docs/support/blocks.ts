/** Finds the code blocks of the documentation: fenced ones in Markdown, and those in the comments of the source. */

/** One code block. */
export interface Block {
  /** Page or source file, from the project's folder. */
  readonly path: string;
  /** Line of its first line of code. */
  readonly line: number;
  /** `ts`, `yaml` … */
  readonly language: string;
  /** Further words of the opening fence, such as `no-run`. */
  readonly marks: readonly string[];
  readonly text: string;
  /** The file that its first line names: `// plugins/sinks/mine.ts` or `# loom.yaml`. */
  readonly file: string | undefined;
}

const fence = /^( *)(`{3,})([^\n`]*)\n([^]*?)^ *\2`* *$/gm;
const filePattern = /^(?:\/\/|#) ([\w.-]+(?:\/[\w.-]+)*\.\w+)\s*(?:\n|$)/;

/** All fenced blocks of a text. `firstLine`: where the text begins in its file. */
export function fencedBlocks(path: string, text: string, firstLine = 1): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(fence)) {
    const [, indent = "", , info = "", body = ""] = match;
    const [language = "", ...marks] = info.trim().split(/[\s,]+/);
    const code = body.replaceAll(new RegExp(`^ {1,${indent.length || 1}}`, "gm"), indent === "" ? "$&" : "");
    const line = firstLine + text.slice(0, match.index).split("\n").length;
    blocks.push({ path, line, language, marks, text: code, file: filePattern.exec(code)?.[1] });
  }
  return blocks;
}

/** The fenced blocks in the doc comments of a source. @throws Error, when an example is not fenced */
export function commentBlocks(path: string, source: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of source.matchAll(/^[ \t]*\/\*\*[^]*?\*\//gm)) {
    const line = source.slice(0, match.index).split("\n").length;
    const text = match[0].split("\n").map((one) => one.replace(/^[ \t]*(?:\/\*\*|\*(?!\/)) ?/, "")).join(
      "\n",
    );
    const found = fencedBlocks(path, text, line);
    if (text.split("@example").length - 1 > found.length) {
      throw new Error(`${path}:${line} has an @example without a fenced block, so nothing can run it`);
    }
    blocks.push(...found);
  }
  return blocks;
}

const doors: Readonly<Record<string, string>> = {
  "loom-router": "src/index.ts",
  "loom-router/gateway": "src/gateway.ts",
  "loom-router/plugin": "src/plugin.ts",
  "loom-router/testing": "src/testing.ts",
};

/** The block's code with the package's name replaced by its source; `toRoot` leads to the project's folder. */
export function withSources(text: string, toRoot: string): string {
  const specifier = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(loom-router[^"']*)\2/g;
  return text.replace(specifier, (whole, before: string, quote: string, name: string) => {
    const door = doors[name];
    if (door === undefined) throw new Error(`there is no door ${name}: ${whole}`);
    return `${before}${quote}${toRoot}${door}${quote}`;
  });
}

/** An example in a source may use what its file exports without importing it: this is the import it leaves out. */
export function ownImport(source: string, example: string, from: string): string {
  const exported = [...source.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)];
  const used = exported.map((match) => match[1] ?? "").filter((name) => {
    const imported = new RegExp(`\\bimport\\b[^;]*\\b${name}\\b[^;]*\\bfrom\\b`);
    const declared = new RegExp(`\\b(?:const|let|function|class)\\s+${name}\\b`);
    return new RegExp(`(?<![\\w.$"'])${name}\\b`).test(example) && !imported.test(example) &&
      !declared.test(example);
  });
  return used.length === 0 ? "" : `import { ${used.join(", ")} } from "${from}"; `;
}
