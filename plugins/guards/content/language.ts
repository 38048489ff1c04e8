/** In which language a text is written: by its script, and where many share it, by small words. */

/** Fewer letters say too little. */
const leastLetters = 24;
/** So much of a text is looked at. */
const mostChars = 4_000;

const scripts: readonly (readonly [language: string, script: RegExp])[] = [
  ["ja", /[\u3040-\u30ff]/g],
  ["ko", /\p{Script=Hangul}/gu],
  ["zh", /\p{Script=Han}/gu],
  ["th", /\p{Script=Thai}/gu],
  ["hi", /\p{Script=Devanagari}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
];

const small: Readonly<Record<string, string>> = {
  en: "the and of to is in that it for you are with this was be on not have what how can please from your",
  de: "der die das und ist nicht ich sie mit ein eine zu den von wie für auf auch es dem wir bitte kann sich",
  fr: "le la les et est des une pour que dans vous je pas avec sur qui ce du il nous mon comment être au",
  es: "el la los las y es que de en un una por para con no se su más como está qué mi muy lo pero",
  it: "il la che di e è un una per con non sono del della mi come si questo gli le anche più cosa nel",
  pt: "o a os as e é que de em um uma para com não se do da por mais como você meu está isso na no",
  nl: "de het een en van is dat niet ik je in op met voor zijn te hoe wat aan er ook maar deze kan",
  pl: "i w na się nie jest to z do że jak co o po dla czy mi proszę tak od ale być są ten przez",
  tr: "ve bir bu için ile da de ne nasıl çok mi değil var ben olarak daha gibi olan ama sonra lütfen kadar",
};
const smallWords = Object.entries(small).map(([language, words]) =>
  [language, new Set(words.split(" "))] as const
);

export function foundLanguage(
  text: string,
): { readonly language: string; readonly score: number } | undefined {
  const sample = text.slice(0, mostChars);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  // Of scripts in which a letter is a word or a syllable, fewer letters say as much.
  const least = /[\u0900-\u097f\u3040-\u30ff\uac00-\ud7af\u4e00-\u9fff]/.test(sample) ? 8 : leastLetters;
  if (letters < least) return undefined;
  for (const [language, script] of scripts) {
    const share = (sample.match(script)?.length ?? 0) / letters;
    if (share > (language === "ja" ? 0.15 : 0.5)) return { language, score: Math.min(1, 0.5 + share / 2) };
  }
  const words = sample.toLowerCase().match(/\p{L}{1,30}/gu) ?? [];
  const counts = smallWords.map(([language, set]) => ({
    language,
    count: words.filter((word) => set.has(word)).length,
  })).sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  if (first === undefined || first.count < 2 || first.count <= (second?.count ?? 0)) return undefined;
  return { language: first.language, score: Math.min(0.95, 0.6 + (first.count - (second?.count ?? 0)) / 20) };
}
