/** Values that a name calls secret: `password = …`, `"api_key": "…"`, `Authorization: Bearer …`. */

import type { Finding } from "../../../src/plugin.ts";
import { classesOf, entropyBits, isPlaceholder } from "./entropy.ts";

/** How far before the sign the name may begin. */
const nameChars = 48;

const name =
  /(?:pass(?:word|wd|phrase|code)?|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|token|api[_ -]?key|apikey|access[_-]?key|account[_-]?key|auth[_-]?key|private[_-]?key|encryption[_-]?key|client[_-]?secret|credentials?|passwort|kennwort|mot de passe|contrase[nñ]a|senha|wachtwoord|has[lł]o|пароль|密码|パスワード|비밀번호|şifre)["'`*]{0,2}\]?(?:\s{1,2}(?:is|ist|lautet|est|es|è|é|to|to jest))?\s{0,3}$/i;

/** After the sign: blanks, perhaps a quote, and the value. */
const value = /\s{0,3}(?:(["'`])([^"'`\s\n]{6,200})\1?|([^\s"'`,;<>(){}[\]]{8,200}))/y;
const bearer = /\b(?:bearer|basic|token)\s{1,2}([A-Za-z0-9_~+/.-]{20,500}={0,2})/giy;

/** What is a name, a call or a type rather than a value. */
const code =
  /^(?:[a-z_][\w]*(?:\.[a-z_]\w*)+$|process\.env|os\.|env[.(\[]|getenv|(?:str|string|String|None|null|undefined|true|false|boolean|number|bytes)(?:\W|$)|[A-Z][A-Z_]{5,}$|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|\$(?:[{(]|[A-Z_]{2,}\b|[a-z_]\w*$)|%[({A-Z]|https?:|file:|(?:\/[a-z0-9_.-]+){2,}$|\w+\()/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function findAssignments(text: string): readonly Finding[] {
  const found: Finding[] = [];
  const signs =
    /[=:：]+>?|(?<=\p{L}) (?:is|ist|lautet|est|es|è|é|to) (?=\S)|(?<=[Bb]earer|BEARER|[Bb]asic) /gu;
  for (let sign = signs.exec(text); sign !== null; sign = signs.exec(text)) {
    const one = sign[0] === " "
      ? authorization(text, sign.index)
      : assigned(text, sign.index, sign.index + sign[0].length);
    if (one === undefined) continue;
    found.push(one);
    signs.lastIndex = one.end;
  }
  return found;
}

function assigned(text: string, at: number, from: number): Finding | undefined {
  const before = text.slice(Math.max(0, at - nameChars), at);
  if (!name.test(before.slice(before.lastIndexOf("\n") + 1))) return undefined;
  value.lastIndex = from;
  const match = value.exec(text);
  if (match === null) return undefined;
  const quoted = match[2] !== undefined;
  const given = (match[2] ?? match[3] ?? "").replace(/\.$/, "");
  const score = scoreOf(given, quoted);
  if (score === 0) return undefined;
  const start = from + match[0].indexOf(given);
  return { start, end: start + given.length, kind: "SECRET", score };
}

/** 0: no secret at all. */
function scoreOf(given: string, quoted: boolean): number {
  if (given.length < 6 || isPlaceholder(given) || code.test(given) || uuid.test(given)) return 0;
  const bits = entropyBits(given);
  const classes = classesOf(given);
  if (classes === 1 && /^[a-z]+$|^[A-Z]+$/i.test(given) && given.length < 20) return quoted ? 0.4 : 0.2;
  // A number may be a count: max_tokens: 100000.
  if (/^[\d._,]+$/.test(given)) return quoted && given.length >= 8 ? 0.5 : 0;
  if (given.length >= 16 && bits >= 3.3 && classes >= 2) return 0.85;
  if (classes >= 3 && bits >= 2.5) return 0.8;
  if (classes >= 2 && bits >= 2.5 && /\d/.test(given)) return quoted ? 0.7 : 0.6;
  return 0.4;
}

/** `Authorization: Bearer …`, where the scheme stands for the name. */
function authorization(text: string, blank: number): Finding | undefined {
  const scheme = /[a-z]+$/i.exec(text.slice(Math.max(0, blank - 6), blank))?.[0] ?? "";
  bearer.lastIndex = blank - scheme.length;
  const given = bearer.exec(text)?.[1];
  if (given === undefined || isPlaceholder(given) || !/\d/.test(given) || entropyBits(given) < 3.3) {
    return undefined;
  }
  const start = blank + text.slice(blank).search(/\S/);
  return { start, end: start + given.length, kind: "SECRET", score: 0.85 };
}
