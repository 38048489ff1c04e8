/** What an attack says, as expressions with scores. Every gap has a bound, so that a search stays linear. */

import { arabic, chinese, cyrillic, latin, latinBackwards, type Words } from "./words.ts";
import { hindi, japanese, korean } from "./words-verb-last.ts";

/** A rule finds what it is about; `score` may look at what was found and at what follows. */
export interface Rule {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly score: (match: string, after: string, before: string) => number;
  /** Only in what tools brought. */
  readonly toolOnly?: true;
}

/** The rules for the scripts that a text has. */
export interface ScriptRules {
  /** Some letter of the script; absent: always. */
  readonly script?: RegExp;
  readonly rules: readonly Rule[];
}

/** People may take back what they said themselves. */
const ownWords =
  /\b(?:my|mine|our|i (?:said|sent|wrote|told|gave|asked)|mein\w*|mes|mon|ma|mis|mi|miei|mio|mie|meus?|minhas?|mijn|moj\w*|onceki mesajimi)\b|(?:^| )мо[иея]\S{0,3}|我(?:的|说|刚才)|私の|(?:내가|제가|나의|저의)|मेर/u;

/** Somebody who is told not to ignore something, or who is said to do so. */
const taken =
  /(?:\b(?:not|never|people|who|they|users|employees|nicht|no|nao|non|niet|nie|ne|n'|jamais|nunca|mai|nooit)|n't|(?:^| )не) ?$|(?:不要|别|不能|不可)$/u;

/** A system prompt of one's own is no secret: `write a system prompt for my bot`. */
const someoneElses =
  /\b(?:an?|my|our|good|better|this|ein|eine[nmrs]?|mein\w*|une?|mon|ma|mis?(?= (?:prompt|instrucc|mensaje|system))|un[ao]?|um|uma|meus?|minhas?|een|mijn|moj\w*|bir)\b|(?:^| )мо[иея]\S{0,3}|我的|一个|私の|とは|(?:내|제|나의) |मेर|एक|क्या होता|istemi nedir/u;

/** Endings of words have a bound too. */
const any = (words: readonly Words[], part: keyof Words): string =>
  words.map((one) => one[part]).join("|").replaceAll("\\S*", "\\p{L}{0,8}").replaceAll("\\w*", "\\w{0,12}");

/** @param edge what must stand before the first word; scripts without blanks have none */
function languageRules(
  words: readonly Words[],
  edge: string,
  backwards: boolean,
  gapChars: number,
): readonly Rule[] {
  const gap = `[^.!?。！？]{0,${gapChars}}?`;
  const pair = (first: keyof Words, second: keyof Words): RegExp => {
    const forwards = `${edge}(?:${any(words, first)})${gap}${edge}(?:${any(words, second)})`;
    const back = `${edge}(?:${any(words, second)})${gap}(?:${any(words, first)})`;
    return new RegExp(backwards ? `(?:${forwards}|${back})` : forwards, "gu");
  };
  const earlier = new RegExp(`${edge}(?:${any(words, "earlier")})`, "u");
  return [
    {
      kind: "OVERRIDE",
      pattern: pair("drop", "rules"),
      score: (match, after, before) => {
        if (ownWords.test(match) || taken.test(before)) return 0.25;
        // Where the verb comes last, what is meant stands before the noun.
        const around = (backwards ? before : "") + match.slice(2) + after.slice(0, 24);
        return earlier.test(around) ? 0.85 : 0.35;
      },
    },
    {
      kind: "EXTRACTION",
      pattern: pair("show", "kept"),
      score: (match) => someoneElses.test(match) ? 0.3 : 0.75,
    },
    { kind: "ROLE_PLAY", pattern: pair("become", "unbound"), score: () => 0.75 },
  ];
}

const rule = (kind: string, score: number, pattern: RegExp): Rule => ({ kind, pattern, score: () => score });
const toolRule = (kind: string, score: number, pattern: RegExp): Rule => ({
  ...rule(kind, score, pattern),
  toolOnly: true,
});

const general: readonly Rule[] = [
  rule(
    "DELIMITER",
    0.65,
    /<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|?>|\[\/?inst\]|<<\/?sys>>/g,
  ),
  rule(
    "DELIMITER",
    0.6,
    /#{2,6} ?(?:new |updated )?(?:system|instructions?|system (?:prompt|message))(?: ?\(?(?:new|override|updated)\)?)? ?:/g,
  ),
  rule(
    "DELIMITER",
    0.4,
    /<\/?(?:system|instructions?|admin|developer)(?:[_-](?:prompt|message|instructions?))?>/g,
  ),
  rule(
    "DELIMITER",
    0.62,
    /\[(?:system|admin|developer)(?: (?:message|override|note|instruction|prompt))?\] ?:?|(?:^|[-=*]{3} ?)(?:end of (?:user |system )?(?:input|prompt|message)|begin (?:new )?(?:system )?(?:instructions|prompt))/g,
  ),
  rule(
    "AUTHORITY",
    0.62,
    /(?:system|emergency|admin(?:istrator)?|security|developer|root) override\b(?! (?:class|method|function|file|switch|button|key))|new (?:system )?instructions? ?:|(?:your|the) new (?:instructions|task|goal|objective|rules) (?:is|are)\b|override (?:code|protocol|mode)|updated (?:system )?(?:instructions|policy) ?:/g,
  ),
  rule(
    "AUTHORITY",
    0.6,
    /(?:i am|this is|as) (?:your|the|an?) (?:developer|creator|administrator|admin|openai|anthropic|system admin\w*|engineer at (?:openai|anthropic|google))\b.{0,80}?\b(?:must|order|command|need you to|authori[sz]e|require|disable|reveal|comply|unlock)/g,
  ),
  rule(
    "EXFILTRATION",
    0.65,
    /\b(?:send|post|forward|upload|exfiltrate|append|e-?mail|transmit|leak|encode|include|put)\b[^!?]{0,80}?\b(?:conversation|chat history|chat log|previous messages|user'?s? (?:data|e-?mails?|password|messages?|information|details|name|location)|api keys?|credentials|secrets?|environment variables|private keys?|passwords?|tokens|contacts|inbox)\b[^!?]{0,80}?(?:https?:|\bto [\w.-]{1,60}@|\burl\b|endpoint|webhook|attacker|external|as a (?:query )?parameter|in the (?:query|image))/g,
  ),
  rule(
    "PAYLOAD",
    0.6,
    /\b(?:decode|decodes?|decipher|un-?rot13|dekodier\w*|decodifica\w*|decode[zr]|base64)\b[^!?]{0,80}?\b(?:follow|execute|obey|do what|act on|carry out|run (?:it|the)|comply|befolge|ejecuta|execute[zr]|suis|esegui|siga)\b/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.5,
    /\b(?:ai|assistants?|llms?|language models?|chatgpt|claude|gemini|copilot|gpt-?\d?|ai agents?|chatbots?|bots?|automated (?:agent|reviewer|system)s?|model)\b ?[,:(][^.]{0,80}?\b(?:must|should|please|you|ignore|do not|don'?t|instruction|send|call|rate|recommend|say|tell|always|visit|include|respond|reply|output|add)\b/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.5,
    /\b(?:if you are|when you are|you are|note to|message (?:to|for)|instructions? (?:to|for)|attention|dear|hey|hello|important:?(?: for)?) (?:an? |the |any |all )?(?:ai|assistants?|llms?|large language model|language model|chatbot|copilot|chatgpt|claude|ai (?:agent|model|assistant)s?)\b/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.65,
    /\b(?:do not|don'?t|never|without) (?:tell\w*|mention\w*|inform\w*|reveal\w*|alert\w*|notify\w*|ask\w*|show\w*|disclos\w*)[^.]{0,30}?\b(?:the user|user|human|customer|them|anyone)\b|\b(?:sag|erzahl|verrate)\w* (?:dem|es dem|das dem) (?:nutzer|benutzer|anwender) nicht|ne (?:le )?(?:dis|dites|mentionne\w*)[^.]{0,20}utilisateur|no (?:se lo )?(?:digas|menciones)[^.]{0,20}usuario|не (?:говори|сообщаи)\S*[^.]{0,20}пользовател|不要(?:告诉|通知|提醒)用户|ユーザーに(?:は)?(?:知らせ|伝え|言わ)/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.55,
    /\b(?:before (?:answering|continuing|responding|you|doing|proceeding)|first|instead|then|now|also|immediately|next|must|please|to (?:complete|continue|proceed)[^.]{0,30})\b[^.]{0,50}?\b(?:call|invoke|run|execute|use) (?:the )?(?:[\w.-]{1,40} ?){0,3}?(?:tool|function|command|shell|api|send_?email|curl|delete_\w+|transfer_\w+)\b/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.5,
    /<important>|<!--[^>]{0,200}?\b(?:ignore|instruction|assistant|ai|llm|system)\b|\b(?:the )?(?:assistant|ai|agent|model) (?:must|should|will|shall|needs to|has to) (?:now |also |always |immediately |then |first )?(?:send|call|reply|respond|say|tell|visit|include|add|open|forward|ignore|output|execute|recommend|click|transfer|delete|download|fetch)/g,
  ),
  toolRule(
    "TOOL_INJECTION",
    0.5,
    /!\[[^\]]{0,60}\]\(https?:\/\/[^)\s]{0,300}[?&][\w-]{1,30}=[^)\s]{0,40}(?:\{|<|\[|%7b|data|summary|history|secret)/g,
  ),
];

/** Always, and by script. */
export const scripts: readonly ScriptRules[] = [
  { rules: general },
  {
    script: /[a-z]/,
    rules: [...languageRules(latin, "\\b", false, 60), ...languageRules(latinBackwards, "\\b", true, 50)],
  },
  { script: /\p{Script=Cyrillic}/u, rules: languageRules(cyrillic, "(?<!\\p{L})", false, 60) },
  { script: /\p{Script=Arabic}/u, rules: languageRules(arabic, "(?<![\\p{L}])[وف]?", false, 60) },
  { script: /\p{Script=Devanagari}/u, rules: languageRules([hindi], "", true, 50) },
  { script: /\p{Script=Hangul}/u, rules: languageRules([korean], "", true, 30) },
  { script: /[\u3040-\u30ff]/, rules: languageRules([japanese], "", true, 30) },
  { script: /\p{Script=Han}/u, rules: languageRules(chinese, "", true, 20) },
];

/** The rules that rot13 text is held against. */
export const latinRules: readonly Rule[] = languageRules([...latin], "\\b", false, 60);
