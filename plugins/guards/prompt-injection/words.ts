/** The words of an attack by language: what to drop, which rules, what to show. Written without accents, as the view has them. */

/** Parts of expressions. Words of one language do not harm in another: all must meet. */
export interface Words {
  /** Ignore, forget, disregard. */
  readonly drop: string;
  /** Previous, above, all, your. */
  readonly earlier: string;
  /** Instructions, rules, prompt. */
  readonly rules: string;
  /** Show, reveal, repeat. */
  readonly show: string;
  /** System prompt, your instructions: what is kept from users. */
  readonly kept: string;
  /** From now on you are, pretend, act as. */
  readonly become: string;
  /** Without limits, unrestricted, DAN. */
  readonly unbound: string;
}

const en: Words = {
  drop:
    "ignor(?:e|ing)(?![sd])|disregard|forget|override|overwrite|bypass|skip|discard|drop|neglect|do not (?:follow|obey|listen to)|don'?t (?:follow|obey)|stop following|set aside|pay no attention to|cancel|throw (?:away|out)|supersede[sd]?|replaces?",
  earlier:
    "previous(?:ly)?|prior|above|earlier|preceding|before|all|any|your|initial|original|former|existing|everything|every|past|current|first|the system|safety|you (?:were|have been|got|received)",
  rules:
    "instructions?|instrct?uctions|prompts?|rules?|guidelines?|directives?|directions|commands?|orders|constraints?|restrictions?|policy|policies|guardrails?|safeguards|filters?|training|programming|(?:been )?told|messages?|context|everything (?:above|before)",
  show:
    "show|reveal|print|repeat|output|display|tell me|give me|write out|write down|what (?:is|are|was|were|does)|leak|expose|disclose|dump|share|list|copy|quote|recite|echo|translate|summari[sz]e|spell out|return|send me|post",
  kept:
    "system (?:prompt|message|instructions?)|(?:your (?:full |complete |exact |entire |first |own )?|the (?:full |complete |exact )?)(?:(?:initial|original|hidden|secret|internal|confidential|developer|prior) ){1,3}(?:prompt|instructions?|rules|message|guidelines|directives|system)|your (?:full|complete|exact|entire|first|own) (?:prompt|instructions?|rules|message|guidelines|directives)|your (?:prompt|instructions|guidelines|directives|rules)\\b(?! (?:for|on|about|regarding))|(?:instructions?|prompt|text|rules|everything|words|message) (?:you (?:were|have been) given|(?:written |that (?:is|was) )?above|before this)|developer message",
  become:
    "you are now|you'?re now|from now on|act as|pretend (?:to be|you|that)|roleplay as|role-?play|imagine you|simulate|behave (?:as|like)|become|enter|enable|activate|switch (?:to|into)|you will (?:now )?(?:be|act)|answer as|respond as|play the (?:role|part)|stay in character",
  unbound:
    "dan\\b|do anything now|no (?:restrictions?|rules|limits|limitations|filters?|guidelines|constraints|ethics|moral|censorship)|without (?:any )?(?:restrictions?|rules|limits|limitations|filters?|ethical|moral|safety|censorship|guidelines)|unrestricted|unfiltered|uncensored|jailbr(?:eak|oken)|developer mode|debug mode|god mode|admin(?:istrator)? mode|sudo mode|maintenance mode|evil|amoral|not bound by|free (?:from|of) (?:all |any )?(?:restrictions|rules|limits)|ignores? (?:all|any)|never refuses?|cannot refuse|can say anything|opposite mode|unlimited mode|stan\\b",
};

const de: Words = {
  drop:
    "ignorier\\w*|vergiss|vergessen sie|missachte\\w*|uberschreibe?|umgehe|ubergehe|verwirf|lass .{0,20}ausser acht|beachte .{0,30}nicht|befolge .{0,30}nicht",
  earlier:
    "vorherig\\w*|bisherig\\w*|vorig\\w*|obig\\w*|fruher\\w*|alle[sn]?|deine?n?r?|ihre|ursprunglich\\w*|vorangegangen\\w*|davor|bisher",
  rules:
    "anweisung\\w*|instruktion\\w*|regeln?|vorgaben?|richtlinien?|befehle?n?|prompts?|einschrankung\\w*|anleitung\\w*|beschrankung\\w*|was (?:dir|oben)",
  show:
    "zeig\\w*|verrate?n?|gib|nenne?n?|wiederhole?n?|drucke?|schreib\\w*|offenbare?|wie lautet|wie lauten|was steht|ausgeben|teile",
  kept:
    "system-?\\s?(?:prompt|nachricht|anweisung\\w*)|deine?n? (?:(?:ursprunglich\\w*|geheim\\w*|intern\\w*|genau\\w*|vollstandig\\w*|versteckt\\w*) )?(?:anweisungen|instruktionen|prompt|vorgaben|systemanweisung)",
  become:
    "du bist (?:jetzt|nun|ab sofort)|ab (?:jetzt|sofort)|tu so|stell dir vor|spiele? (?:die rolle|jetzt)|verhalte dich|agiere als|wechsle in|aktiviere",
  unbound:
    "ohne (?:jede |jegliche |alle )?(?:einschrankung\\w*|regeln|filter|grenzen|beschrankung\\w*|moral|zensur)|uneingeschrankt\\w*|keine (?:regeln|grenzen|einschrankungen|filter)|unzensiert\\w*|entwicklermodus",
};
const fr: Words = {
  drop:
    "ignore(?!s)[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|plus) compte|neglige[zr]?|contourne[zr]?|outrepasse[zr]?|ne (?:suis|suivez|respecte[zr]?) (?:pas|plus)|fais abstraction",
  earlier:
    "precedent\\w*|anterieur\\w*|ci-dessus|tou(?:te)?s|tes|vos|initial\\w*|d'avant|d'origine|dessus|jusqu'ici",
  rules:
    "instructions?|consignes?|regles?|directives?|ordres?|invites?|prompts?|restrictions?|ce qui precede|ce qu'on t'a dit",
  show:
    "montre[zr]?|revele[zr]?|affiche[zr]?|repete[zr]?|donne[zr]?|ecri[st]|quel(?:le)?s? (?:est|sont)|dis-moi|dites-moi|recopie[zr]?|divulgue[zr]?",
  kept:
    "(?:prompt|invite|message|instructions?|consignes?) (?:du |de |d')?(?:systeme|initiale?s?|cachee?s?|secret\\w*)|(?:tes|vos) (?:instructions|consignes|directives)|ton prompt|votre prompt|prompt system",
  become:
    "tu es (?:maintenant|desormais)|vous etes (?:maintenant|desormais)|desormais|fais semblant|faites semblant|agis comme|comporte-toi|imagine que tu|joue le role|a partir de maintenant|active le",
  unbound:
    "sans (?:aucune |aucun )?(?:restrictions?|regles?|limites?|filtres?|censure|morale)|non censure|aucune (?:regle|limite|restriction)|mode developpeur|illimite",
};
const es: Words = {
  drop:
    "ignor(?:a|e|ar|ad)(?!s)|olvid(?:a|e|ar|ate|es)|haz caso omiso|no (?:sigas|obedezcas|hagas caso)|descarta|pasa por alto|omite|desobedece|anula",
  earlier:
    "anterior(?:es)?|previ[ao]s?|tod[ao]s?|tus?|sus|de arriba|inicial(?:es)?|hasta ahora|original(?:es)?",
  rules:
    "instrucciones|reglas|indicaciones|directrices|ordenes|normas|restricciones|prompts?|lo que te (?:dijeron|han dicho)|mensajes?",
  show:
    "muestra(?:me)?|revela(?:me)?|repite|imprime|dime|ensena(?:me)?|escribe|cual(?:es)? (?:es|son)|dame|comparte|copia",
  kept:
    "(?:prompt|mensaje|instrucciones|indicaciones|indicacion) (?:del? |de tu )?(?:sistema|inicial(?:es)?|ocult[ao]s?|secret[ao]s?|intern[ao]s?)|tus (?:instrucciones|reglas internas|directrices)|tu prompt",
  become:
    "ahora eres|eres ahora|a partir de ahora|de ahora en adelante|actua como|finge|imagina que eres|haz como si|comportate|activa el|desde ahora",
  unbound:
    "sin (?:ninguna? |ningun )?(?:restriccion(?:es)?|reglas|limites?|filtros?|censura|etica|moral)|modo (?:desarrollador|dios)|no tienes (?:reglas|limites|restricciones)|ilimitad[ao]",
};
const it: Words = {
  drop:
    "ignora(?:re|te)?|dimentica(?:re|te)?|non (?:seguire|considerare|tenere conto)|trascura|scarta|annulla|tralascia|disattendi",
  earlier: "precedent[ei]|tutt[eio]|tue|tuoi|le tue|di sopra|sopra|inizial[ei]|finora|originari[ei]",
  rules:
    "istruzion[ei]|regol[ea]|direttiv[ea]|indicazion[ei]|ordini|comandi|prompt|restrizioni|vincoli|quello che ti",
  show: "mostra(?:mi)?|rivela(?:mi)?|ripeti|stampa|dimmi|scrivi|qual(?:i)? (?:e|sono)|dammi|elenca|copia",
  kept:
    "(?:prompt|messaggio|istruzioni) (?:di |del )?(?:sistema|inizial[ei]|nascost[eio]|segret[eio]|intern[eio])|(?:le )?tue istruzioni|il tuo prompt",
  become:
    "ora sei|adesso sei|d'ora in poi|da ora in poi|fai finta|fingi|comportati|agisci come|immagina di essere|attiva la|sei ora",
  unbound:
    "senza (?:alcuna |nessuna |alcun )?(?:restrizion[ei]|regole|limiti|filtri|censura|limitazioni)|modalita (?:sviluppatore|debug)|non hai (?:regole|limiti)",
};
const pt: Words = {
  drop:
    "ignor(?:e|a|ar|em)(?!s)|esquec(?:a|e|er)|desconsider(?:e|a|ar)|nao (?:siga|sigas|obedeca)|descarte|desobedeca|pule",
  earlier: "anterior(?:es)?|previ[ao]s?|tod[ao]s?|suas?|tuas?|acima|iniciais?|original|originais|ate agora",
  rules:
    "instruc(?:oes|ao)|regras|diretrizes|ordens|orientacoes|comandos|prompts?|restricoes|o que (?:te|lhe) (?:disseram|foi dito)|mensagens",
  show:
    "mostre(?:-me)?|mostra|revele|revela|repita|repete|imprima|diga(?:-me)?|escreva|qua(?:l|is) (?:e|sao)|me (?:de|diga|mostre)|exiba",
  kept:
    "(?:prompt|mensagem|instrucoes) (?:do |de |da )?(?:sistema|inicia(?:l|is)|ocult[ao]s?|secret[ao]s?|intern[ao]s?)|(?:suas|tuas) (?:instrucoes|diretrizes)|seu prompt|teu prompt",
  become:
    "agora voce e|voce agora e|voce e agora|a partir de agora|de agora em diante|aja como|finja|imagine que voce|faca de conta|comporte-se|ative o",
  unbound:
    "sem (?:nenhuma |qualquer |quaisquer )?(?:restric(?:oes|ao)|regras|limites|filtros?|censura|limitacoes)|modo (?:desenvolvedor|deus)|irrestrit[ao]",
};
const nl: Words = {
  drop:
    "negeer|vergeet|sla .{0,20}over|houd geen rekening|volg .{0,30}niet|omzeil|overschrijf|laat .{0,30}buiten beschouwing",
  earlier: "vorige|eerdere|voorgaande|bovenstaande|alle|je|jouw|uw|alles|oorspronkelijke|hiervoor",
  rules:
    "instructies?|regels|opdrachten|aanwijzingen|richtlijnen|prompts?|beperkingen|bevelen|wat (?:hierboven|je)",
  show: "toon|laat .{0,10}zien|onthul|herhaal|geef|schrijf|wat (?:is|zijn|staat)|print|vertel|deel",
  kept:
    "systeem-?\\s?(?:prompt|bericht|instructies)|(?:je|jouw|uw) (?:(?:oorspronkelijke|geheime|verborgen|interne|volledige|exacte) )?(?:instructies|prompt|richtlijnen)",
  become: "je bent (?:nu|vanaf nu)|vanaf nu|doe alsof|gedraag je|speel de rol|stel je voor dat je|activeer",
  unbound:
    "zonder (?:enige |alle )?(?:beperkingen|regels|filters?|grenzen|censuur)|geen (?:regels|grenzen|beperkingen|filters)|onbeperkte?|ontwikkelaarsmodus|ongecensureerd\\w*",
};
const pl: Words = {
  drop:
    "zignoruj\\w*|ignoruj\\w*|zapomnij\\w*|pomin\\w*|nie (?:stosuj|przestrzegaj|zwracaj uwagi)|odrzuc|obejdz|lekcewaz",
  earlier:
    "poprzedni\\w*|wczesniejsz\\w*|powyzsz\\w*|wszystki\\w*|wszelki\\w*|swoj\\w*|twoj\\w*|dotychczasow\\w*|pierwotn\\w*",
  rules:
    "instrukcj\\w*|polece\\w*|zasad\\w*|regul\\w*|wytyczn\\w*|prompt\\w*|ogranicze\\w*|rozkaz\\w*|wskazow\\w*",
  show:
    "pokaz\\w*|ujawnij\\w*|powtorz\\w*|wypisz|wyswietl|podaj|napisz|zdradz|jakie sa|jaki jest|wydrukuj|przepisz",
  kept:
    "(?:prompt\\w*|wiadomosc\\w*|instrukcj\\w*|komunikat\\w*) systemow\\w*|(?:swoj|twoj)\\w* (?:(?:ukryt|tajn|wewnetrzn|poczatkow)\\w* )?(?:instrukcj|prompt|wytyczn)\\w*|systemow\\w* prompt\\w*",
  become:
    "(?:jestes|bedziesz) (?:teraz|od teraz)|teraz jestes|od (?:teraz|tej pory)|udawaj|zachowuj sie|wciel sie|wyobraz sobie, ze jestes|dzialaj jako|wlacz tryb",
  unbound:
    "bez (?:zadnych |jakichkolwiek )?(?:ogranicze\\w*|zasad|regul|filtrow|limitow|cenzury)|nieograniczon\\w*|tryb\\w* (?:dewelopera|deweloperski|programisty)|nie masz (?:zasad|ograniczen)",
};
const tr: Words = {
  drop: "yok say\\w*|gormezden gel\\w*|unut\\w*|dikkate alma\\w*|goz ardi et\\w*|uyma\\b|takip etme",
  earlier: "onceki|yukaridaki|tum|butun|ilk|su ana kadarki|daha onceki|verilen",
  rules: "talimat\\w*|kural\\w*|komut\\w*|yonerge\\w*|istem\\w*|prompt\\w*|kisitlama\\w*|emir\\w*",
  show:
    "goster\\w*|acikla\\w*|tekrarla\\w*|yazdir\\w*|soyle\\w*|paylas\\w*|ifsa et\\w*|nedir|nelerdir|yaz\\b|ver\\b",
  kept:
    "sistem (?:istem|mesaj|talimat|prompt|komut)\\w*|(?:gizli|ilk|kendi) (?:talimat|istem|komut|prompt)\\w*|sana verilen (?:talimat|komut)\\w*|talimatlarini",
  become:
    "artik (?:sen )?|bundan (?:sonra|boyle)|gibi davran|rolunu (?:yap|oyna)|rol yap|simdi sen|moduna gec",
  unbound:
    "(?:kisitlama|sinir|kural|filtre|sansur)\\w* (?:olmayan|olmadan|yok)|sinirsiz|kisitlamasiz|sansursuz|gelistirici modu|kuralsiz|filtresiz",
};
const ru: Words = {
  drop:
    "игнориру\\S*|проигнорируи\\S*|забуд\\S*|не (?:обращаи|следуи|учитываи)\\S*|отмени\\S*|отбрось\\S*|пренебреги|обоиди",
  earlier:
    "предыдущ\\S*|прежн\\S*|выше\\S*|все\\S*|сво\\S*|тво\\S*|ранее|прошл\\S*|исходн\\S*|изначальн\\S*|первоначальн\\S*",
  rules:
    "инструкци\\S*|указани\\S*|правил\\S*|команд\\S*|промпт\\S*|промт\\S*|ограничени\\S*|установк\\S*|директив\\S*|распоряжени\\S*",
  show:
    "покажи\\S*|раскро\\S*|повтори\\S*|выведи\\S*|напиши\\S*|скажи\\S*|назови|напечатаи|каков\\S*|выдаи|перечисли|сообщи",
  kept:
    "системн\\S* (?:промпт|промт|сообщени|инструкци|подсказк|запрос)\\S*|(?:сво|тво|ваш)\\S* (?:(?:скрыт|секретн|исходн|внутренн|изначальн|первоначальн)\\S* )?(?:инструкци|промпт|промт)\\S*",
  become:
    "теперь ты|ты теперь|отныне|с этого момента|притворись|веди себя|представь, что ты|деиствуи как|изображаи|включи режим|сыграи роль|теперь вы",
  unbound:
    "без (?:каких-либо |всяких |любых )?(?:ограничени|правил|фильтр|цензур|запрет)\\S*|режим\\S* (?:разработчика|бога)|неограниченн\\S*|нет (?:правил|ограничений|ограничении)",
};
const ar: Words = {
  drop: "تجاهل\\S*|انس\\S*|لا تتبع|اهمل|تخط\\S*|اترك|الغ",
  earlier: "السابق\\S*|جميع|كل|اعلاه|قبل|الاصلي\\S*|الاولي\\S*|السالف\\S*",
  rules: "التعليمات|تعليمات\\S*|القواعد|قواعد\\S*|الاوامر|اوامر\\S*|التوجيهات|توجيهات\\S*|القيود|قيودك",
  show: "اظهر|اعرض|اكشف|كرر|اطبع|اكتب|اخبرني|ما هي|ما هو|اعطني|شارك",
  kept:
    "تعليمات(?:ك)? (?:النظام|السرية|الاصلية|المخفية|الداخلية|الاولية)|رسالة النظام|موجه النظام|تعليماتك|مطالبة النظام|نص النظام",
  become: "انت الان|من الان|تظاهر|تصرف|تخيل انك|العب دور|ابتداء من الان|فعل وضع|اصبحت",
  unbound: "(?:بدون|دون|بلا) (?:اي )?(?:قيود|قواعد|حدود|رقابة|فلاتر|مرشحات)|غير مقيد|وضع المطور|لا قيود",
};
const zh: Words = {
  drop: "忽略|无视|忘记|忘掉|不要遵守|不要理会|不要遵循|無視|忘記|抛开|跳过|绕过|撤销",
  earlier: "之前|以前|上面|以上|先前|前面|所有|一切|你的|原来|全部|此前|最初",
  rules: "指令|指示|规则|規則|提示|命令|要求|设定|設定|限制|说明|内容|约束",
  show: "显示|告诉我|輸出|输出|透露|重复|打印|展示|泄露|说出|公开|复述|给我|是什么|顯示|列出",
  kept:
    "系统提示|系統提示|系统指令|系统消息|初始提示|初始指令|原始指令|隐藏的?(?:指令|提示)|你的(?:指令|提示词|设定|规则)|内部(?:指令|提示)",
  become: "你现在是|现在你是|从现在开始|从现在起|扮演|假装|假设你是|進入|进入|充当|启用|開啟|你現在是",
  unbound:
    "没有(?:任何)?(?:限制|规则|约束|道德|审查)|不受(?:任何)?(?:限制|约束)|无限制|開發者模式|开发者模式|越狱|不受约束|無限制|上帝模式",
};

/** Verb before noun, words parted by blanks. */
export const latin: readonly Words[] = [en, de, fr, es, it, pt, nl, pl];
/** Noun before verb as well. */
export const latinBackwards: readonly Words[] = [tr];
export const cyrillic: readonly Words[] = [ru];
export const arabic: readonly Words[] = [ar];
export const chinese: readonly Words[] = [zh];
