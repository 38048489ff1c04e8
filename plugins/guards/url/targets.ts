/** Where a text leads to: Markdown, HTML, references, and addresses that stand in it bare. */

/** An address as written, and where. */
export interface Target {
  readonly start: number;
  readonly end: number;
  /** As a browser would take it: without line ends, entities decoded. */
  readonly address: string;
  readonly image: boolean;
}

/** Of an address, so much is looked at; its host stands before that. */
const longest = 2_000;

/** Places that hold an address, and what ends it. */
const holders: readonly (readonly [opening: RegExp, closing: RegExp, image: (opening: string) => boolean])[] =
  [
    // ![alt](address "title") and [text](address); an angle bracket lets it hold blanks.
    [/\]\([ \t\n]{0,9}<?/g, /[)>]|\](?=\()|\s["'(]/, () => false],
    // [name]: address
    [/(?:^|\n) {0,3}\[[^\]\n]{1,200}\]:\s{0,9}<?/g, /[\s>]/, () => false],
    // src="address", href='address', srcset, poster, action, data, xlink:href
    [
      /(?<![\w-])(?:xlink:)?(?:src|srcset|href|poster|background|action|formaction|cite|ping|data)\s{0,3}=\s{0,3}["']/gi,
      /["']/,
      (opening) => /src|poster|background/i.test(opening),
    ],
    [
      /(?<![\w-])(?:src|href|poster|action)\s{0,3}=\s{0,3}(?=[^\s"'>])/gi,
      /[\s>]/,
      (opening) => /src|poster/i.test(opening),
    ],
    // CSS: url(address), @import "address"
    [/\burl\(\s{0,3}["']?|@import\s{1,3}["']/gi, /["'()]/, () => true],
  ];

/** Addresses that stand alone: with a scheme, with slashes only, or beginning with www. */
const bare =
  /(?<![a-z0-9+.-])(?:(?:https?|ftps?|wss?|file|blob|gopher|s3|gs):[\\/]{1,4}|(?:javascript|vbscript|data):(?=\S)|www\d?\.(?=[a-z0-9-]))[^\s<>"'`\])}|]{1,2000}|(?<=["'(=\s]|^)\/\/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}(?=[/?#\s"')]|$)[^\s<>"'`\])}|]{0,2000}/gi;

export function targetsOf(text: string): readonly Target[] {
  const targets: Target[] = [];
  for (const [opening, closing, image] of holders) {
    for (const { index, 0: open } of text.matchAll(opening)) {
      const start = index + open.length;
      const rest = text.slice(start, start + longest);
      const close = rest.search(closing);
      const written = close === -1 ? rest : rest.slice(0, close);
      if (written === "") continue;
      const shown = image(open) || (open.startsWith("]") && isImage(text, index));
      for (const address of shown && /srcset/i.test(open) ? sourceSet(written) : [written]) {
        targets.push({ start, end: start + written.length, address: cleaned(address), image: shown });
      }
    }
  }
  for (const { index, 0: match } of text.matchAll(bare)) {
    const address = match.replace(/[.,;:!?*_~]+$/, "");
    targets.push({
      start: index,
      end: index + address.length,
      address: /^www/i.test(address) ? `http://${address}` : address,
      image: false,
    });
  }
  return targets;
}

/** Whether the bracket before `](` was opened by `![`. Only so far back as descriptions of images go. */
function isImage(text: string, bracket: number): boolean {
  const before = text.slice(Math.max(0, bracket - 300), bracket);
  const open = before.lastIndexOf("[");
  return open > 0 && before[open - 1] === "!";
}

function sourceSet(written: string): readonly string[] {
  return written.split(",").slice(0, 50).map((one) => one.trim().split(/\s/, 1)[0] ?? "").filter((one) =>
    one !== ""
  );
}

const named: Readonly<Record<string, string>> = {
  colon: ":",
  sol: "/",
  bsol: "\\",
  period: ".",
  commat: "@",
  amp: "&",
  tab: "",
  newline: "",
};

/** As browsers clean it before they read it: line ends and tabs go, entities are what they stand for. */
function cleaned(written: string): string {
  return written
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?|&(\w{2,8});/gi, (whole, hex, decimal, name) => {
      if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
      const point = parseInt(hex ?? decimal, hex === undefined ? 10 : 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "";
    })
    // deno-lint-ignore no-control-regex
    .replace(/[\t\r\n]|^[\u0000-\u0020]+/g, "")
    .trim();
}
