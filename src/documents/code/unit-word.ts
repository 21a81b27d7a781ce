/**
 * Words that people write for units of measure, and the code of Recommendation 20 that each means.
 * Pure. The names of units are Recommendation 20's.
 */
import { once } from "../language/intl.ts";
import { isPackageCode, isUnitCode } from "./unit.ts";

export type Unit = { code: string; name: string };

// One unit a line: its code, its name, and words for it in lower-case letters.
const TABLE = `
H87 piece: pc, pcs, pce, piece, pieces, st, stk, stck, stück, stueck, stuk, stuks, styck, pièce,
  pièces, pieza, piezas, pza, pz, pezzo, pezzi, szt, peça, peças
C62 one: 1, one, u, un, unit, units, item, items, einheit, einheiten, unité, unités, unidad,
  unidades, unità, eenheid, seat, seats, user, users, license, licenses, licence, licences, lizenz,
  lizenzen
EA each: each
HUR hour: h, hr, hrs, hour, hours, std, stunde, stunden, heure, heures, uur, uren, hora, horas, ora,
  ore, godz, timme, timmar, tim
DAY day: d, day, days, tag, tage, jour, jours, dag, dagen, dagar, día, días, giorno, giorni, dzień
MIN minute: min, mins, minute, minutes, minuten, minuto, minutos, minuti
SEC second: s, sec, secs, second, seconds, sekunde, sekunden, seconde, secondes
WEE week: wk, wks, week, weeks, woche, wochen, semaine, semaines, weken, semana, settimana
MON month: mo, mth, mths, month, months, monat, monate, mois, maand, maanden, mes, meses, mese, mesi
QAN quarter of a year: quarter, quarters, quartal, quartale, trimestre, kwartaal
SAN half year: half year, halbjahr, semestre
ANN year: y, yr, yrs, year, years, annum, jahr, jahre, année, années, jaar, jaren, año, años, anno
KGM kilogram: kg, kgs, kilo, kilos, kilogram, kilograms, kilogramm, kilogramme
GRM gram: g, gr, gram, grams, gramm, gramme, grammes
MGM milligram: mg, milligram, milligrams, milligramm
TNE tonne: t, to, ton, tons, tonne, tonnes, tonnen, metric ton, metric tons
LBR pound: lb, lbs, pound, pounds
ONZ ounce: oz, ounce, ounces
MTR metre: m, metre, metres, meter, meters, mètre, mètres, metro, lfm
CMT centimetre: cm, centimetre, centimetres, centimeter, zentimeter
MMT millimetre: mm, millimetre, millimetres, millimeter
KMT kilometre: km, kms, kilometre, kilometres, kilometer, kilomètre
INH inch: in, inch, inches, zoll
FOT foot: ft, foot, feet
YRD yard: yd, yds, yard, yards
SMI mile: mi, mile, miles
MTK square metre: m2, m², qm, sqm, sq m, square metre, square metres, square meter, quadratmeter
FTK square foot: ft2, ft², sqft, sq ft, square foot, square feet
MTQ cubic metre: m3, m³, cbm, cubic metre, cubic metres, cubic meter, kubikmeter
LTR litre: l, lt, litre, litres, liter, liters, litro, litros
MLT millilitre: ml, millilitre, millilitres, milliliter
CLT centilitre: cl, centilitre, centiliter
HLT hectolitre: hl, hectolitre, hektoliter
GLL gallon: gal, gallon, gallons
WHR watt hour: wh, watt hour, wattstunde
KWH kilowatt hour: kwh, kilowatt hour, kilowatt hours, kilowattstunde, kilowattstunden
MWH megawatt hour: mwh, megawatt hour, megawatt hours, megawattstunde
KWT kilowatt: kw, kilowatt, kilowatts
AD byte: b, byte, bytes
2P kilobyte: kb, kbyte, kilobyte, kilobytes
4L megabyte: mb, mbyte, megabyte, megabytes
E34 gigabyte: gb, gbyte, gigabyte, gigabytes
E35 terabyte: tb, tbyte, terabyte, terabytes
SET set: set, sets, satz, kit, kits
PR pair: pr, pair, pairs, paar, paire, paires, par, paio
DZN dozen: dz, doz, dozen, dutzend, douzaine, docena
CEN hundred: 100, hundred, hundert
MIL thousand: 1000, thousand, tausend, tsd, mille
P1 percent: %, pct, percent, prozent
IE person: pers, person, persons, people, personen, personne, personnes
LS lump sum: lump, lump sum, flat, flat rate, flat fee, fixed, psch, pausch, pauschal, pauschale,
  forfait
E48 service unit: service, services, leistung, leistungen, dienst
C0 call: call, calls, request, requests, api call, api calls
NF message: message, messages, sms
ZP page: page, pages, seite, seiten
D68 number of words: word, words, wort, wörter
XBX box: box, boxes, bx, kiste, boîte, caja
XCT carton: carton, cartons, ctn, karton, kartons
XPK package: pk, pkg, pack, packs, package, packages, packung, paket, pakete
XPA packet: pa, pkt, packet, packets, päckchen
XPX pallet: pallet, pallets, palette, paletten, plt
XBG bag: bg, bag, bags, beutel, sack
XBO bottle: btl, bottle, bottles, flasche, flaschen, bouteille
XRO roll: ro, rl, roll, rolls, rolle, rollen, rouleau
`;

const units = once(() => {
  const byWord = new Map<string, Unit>();
  for (const line of TABLE.trim().split(/\n(?! )/)) {
    const [head = "", words = ""] = line.split(/:\s/);
    const unit = {
      code: head.slice(0, head.indexOf(" ")),
      name: head.slice(head.indexOf(" ") + 1),
    };
    for (const word of words.split(/,\s+/)) byWord.set(word, unit);
  }
  return byWord;
});

/** The units that have words here, each once, in the order of their use. */
export function commonUnits(): readonly Unit[] {
  return [...new Set(units().values())];
}

/** The words that mean a unit here. */
export function unitWords(): readonly string[] {
  return [...units().keys()];
}

/** The unit that a word means, in whatever letters, or null. */
export function unitOfWord(word: string): Unit | null {
  return units().get(wordOf(word)) ?? null;
}

function wordOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/[\s_-]+/g, " ");
}

/**
 * What was written as a unit's code, as Recommendation 20 writes it: `hur` as HUR. A word that
 * means another unit than the code of its letters stays as it was: `gb` is no gallon a day.
 */
export function plainUnit(text: string): string {
  const code = text.trim();
  const upper = code.toUpperCase();
  if (isUnitCode(code) || !isUnitCode(upper)) return code;
  const meant = unitOfWord(code);
  return meant === null || meant.code === upper ? upper : code;
}

/** What to write instead of a text that is no unit's code; the text as `plainUnit` has it. */
export function unitAdvice(text: string): string {
  const meant = unitOfWord(text);
  if (meant !== null) return `use ${meant.code} (${meant.name})`;
  const upper = text.toUpperCase();
  if (isPackageCode(upper)) return `packages begin with an X: use X${upper}`;
  return "use C62 (one), H87 (piece), HUR (hour), DAY, MON (month) or another of the list";
}
