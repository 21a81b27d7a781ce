/**
 * Pure. Where a long word may be divided: behind a linking s, and before the last words that the
 * compounds of the trade are made with. These are no patterns of syllables: most words are never
 * divided, and one that is, where its parts meet. The rules of de, nl and sv are known.
 */
import type { Language } from "../../language/registry.ts";

const SHORTEST_WORD = 11;
const SHORTEST_PART = 4;

type Joints = { linked: RegExp | null; heads: string };

const RULES: Partial<Record<Language, Joints>> = {
  de: {
    linked: /(?:ung|heit|keit|schaft|tion|tät)s(?=\p{L})/gu,
    heads:
      "abrechnung anlage anpassung arbeit auftrag ausgleich bearbeitung beratung bereich betrag " +
      "betreuung betrieb daten dienst dokumentation entwicklung erfassung erstellung fahrt frist " +
      "führung gebühr gerät gesellschaft gruppe kapitän karte kosten lager leistung lieferung " +
      "lizenz maschine mütze nummer paket pauschale planung preis produkt prüfung rechnung " +
      "schein schiff schulung schutz sicherung software speicher stunde system technik umgebung " +
      "umstellung unterstützung verarbeitung vereinbarung vergütung verkehr versand " +
      "verschlüsselung versicherung vertrag verwaltung wartung werk wirtschaft zahlung zeit " +
      "zugang zuschlag überwachung übertragung",
  },
  nl: {
    linked: /(?:ing|heid|teit|schap)s(?=\p{L})/gu,
    heads:
      "abonnement beheer beveiliging dienst factuur gebruik kosten licentie nummer onderhoud " +
      "ondersteuning ontwikkeling opslag overeenkomst pakket prijs rekening software systeem " +
      "tarief toegang verbruik vergoeding verwerking verzekering voorwaarden zaamheden",
  },
  sv: {
    linked: /(?:ning|het|tion|skap)s(?=\p{L})/gu,
    heads:
      "abonnemang avgift avtal beställning faktura försäkring hantering kostnad lagring leverans " +
      "licens nummer paket programvara support system tjänst underhåll utveckling överföring",
  },
};

const patterns = new Map<Language, readonly RegExp[]>();

function patternsOf(language: Language): readonly RegExp[] {
  const known = patterns.get(language);
  if (known) return known;
  const rules = RULES[language];
  const heads = rules && new RegExp(`(?=${rules.heads.split(" ").join("|")})`, "gu");
  const made = rules && heads ? [...(rules.linked ? [rules.linked] : []), heads] : [];
  patterns.set(language, made);
  return made;
}

/** The indexes, in rising order, before which a word of letters may be divided by a hyphen. */
export function jointsOf(word: string, language: Language): number[] {
  const { length } = word;
  if (length < SHORTEST_WORD) return [];
  const lower = word.toLowerCase();
  if (lower.length !== length) return [];
  const found = patternsOf(language).flatMap((pattern) =>
    [...lower.matchAll(pattern)].map((match) => match.index + match[0].length),
  );
  return [...new Set(found)]
    .filter((at) => at >= SHORTEST_PART && at <= length - SHORTEST_PART)
    .sort((a, b) => a - b);
}
