/** Letters that look like Latin ones: Cyrillic, Greek, Armenian and others. */

const pairs =
  "аa еe оo рp сc уy хx іi јj ѕs ԁd ԛq ԝw һh ӏl кk мm нh тt вb гr зz пn АA ВB ЕE КK МM НH ОO РP СC ТT ХX УY ІI ЅS ЈJ " +
  "αa οo ρp εe ιi κk νv τt υu χx ηn ωw γy ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX " +
  "օo ոn սu հh զq ցg ʟl ɪi ɡg ɑa ʀr ɴn ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ᴊj ᴋk ᴍm ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz";

/** Small letters throughout. */
export const lookAlikes: ReadonlyMap<string, string> = new Map(
  pairs.split(" ").map((pair) => [pair[0] ?? "", (pair[1] ?? "").toLowerCase()]),
);
