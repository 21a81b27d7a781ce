/**
 * Pure. Documents as businesses write them, drawn from a seed: one to forty lines, long texts,
 * up to three parties, four fields, remarks on tax, payment with its code, in both templates, on
 * both papers, with margins from 20 to 90 points.
 */
import type { Language } from "../../../src/documents/language/registry.ts";
import type {
  DocumentLine,
  DocumentModel,
  TaxCategory,
  TaxGroup,
  UsageChart,
} from "../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "../render/pdf/sample.ts";

/** Numbers from 0 to 1, the same for the same seed (Park and Miller's generator). */
function randomOf(seed: number): () => number {
  let state = (seed * 7919 + 17) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const REGIONS = { en: "US", de: "DE", fr: "FR", nl: "NL", sv: "SE", ja: "JP" } as const;
type Spoken = keyof typeof REGIONS;

const NAMES: Record<Spoken, readonly string[]> = {
  en: ["Consulting", "Platform fee, Scale plan", "Migration of the data warehouse, phase 2"],
  de: ["Beratung", "Wartungsvertrag Serverüberwachung", "Schulungstag Datenverarbeitung vor Ort"],
  fr: ["Conseil", "Abonnement mensuel à la plateforme", "Reprise des données, deuxième lot"],
  nl: ["Advies", "Onderhoudsovereenkomst softwarelicentie", "Beheer van de omgeving"],
  sv: ["Rådgivning", "Programvarulicens och utvecklingstjänst", "Underhållsavtal, årsavgift"],
  ja: ["コンサルティング", "プラットフォーム利用料(スケールプラン)", "データ移行作業"],
};

const SENTENCES: Record<Spoken, readonly string[]> = {
  en: [
    "Services as agreed in the order, including planning, coordination and a written report.",
    "Time is billed by the started quarter of an hour.",
    "Please quote the invoice number with your payment.",
    "Delivery follows the general terms of 1 January 2026, which are part of the contract.",
  ],
  de: [
    "Dienstleistungen im Monat, einschließlich Planung, Abstimmung und schriftlichem Bericht.",
    "Abgerechnet wird nach angefangenen Viertelstunden gemäß Leistungsverzeichnis.",
    "Bitte geben Sie bei der Zahlung die Rechnungsnummer an.",
    "Die Ware bleibt bis zur vollständigen Bezahlung unser Eigentum (Eigentumsvorbehalt).",
  ],
  fr: [
    "Prestations du mois, préparation, réunions de coordination et compte rendu compris.",
    "En cas de retard de paiement, une indemnité forfaitaire de 40 euros est due.",
    "Merci d’indiquer le numéro de la facture lors du règlement.",
    "Aucun escompte n’est accordé pour paiement anticipé.",
  ],
  nl: [
    "Werkzaamheden in de maand, inclusief planning, overleg en een schriftelijk verslag.",
    "Vermeld bij uw betaling het factuurnummer.",
    "Op al onze diensten zijn de algemene voorwaarden van toepassing.",
  ],
  sv: [
    "Tjänster under månaden, inklusive planering, avstämning och skriftlig rapport.",
    "Ange fakturanumret vid betalning.",
    "Vid försenad betalning debiteras dröjsmålsränta enligt räntelagen.",
  ],
  ja: [
    "月次のサービスです。計画、打ち合わせ、報告書の作成を含みます。",
    "お支払いの際は請求書番号をご記入ください。",
    "お振込手数料はお客様のご負担にてお願いいたします。",
  ],
};

/** The document of a seed. */
export function generatedDocument(seed: number): DocumentModel {
  const random = randomOf(seed + 1);
  for (let i = 0; i < 5; i++) random();
  const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
  const chance = (share: number) => random() < share;
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const language = pick(["en", "en", "de", "de", "de", "fr", "nl", "sv", "ja"] as const);
  const text = (most: number) =>
    Array.from({ length: 1 + upTo(most - 1) }, () => pick(SENTENCES[language])).join(" ");
  const category = pick<TaxCategory>(["S", "S", "S", "AE", "K", "E"]);
  const percent = category === "S" ? "19" : "0";
  const count = chance(0.62) ? 1 + upTo(4) : 6 + upTo(chance(0.2) ? 60 : 18);
  const line = (i: number): DocumentLine => {
    const cents = 100 + upTo(900_000);
    return sampleLine({
      name: `${pick(NAMES[language])}${count > 12 ? ` ${i + 1}` : ""}`,
      description: chance(0.45) ? text(chance(0.12) ? 9 : 3) : null,
      detail: chance(0.2) ? pick(SENTENCES[language]) : null,
      period: chance(0.4) ? { start: "2026-10-01", end: "2026-10-31" } : null,
      quantity: pick(["1", "2", "3.333333", "0.5", "1250"]),
      unit: chance(0.4) ? pick(["h", "kg", "mo"]) : null,
      unitPrice: pick(["250", "14.5", "0.0004", "1200"]),
      adjustments: chance(0.1)
        ? [{ kind: "discount", reason: "Rabatt", percent: "10", amountMinor: "1000" }]
        : [],
      tax: { category, percent },
      amountMinor: `${cents}`,
      netMinor: `${cents}`,
    });
  };
  const lines = Array.from({ length: count }, (_, i) => line(i));
  const base = lines.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
  const tax = category === "S" ? (base * 19n + 50n) / 100n : 0n;
  const group: TaxGroup = {
    category,
    percent,
    name: null,
    baseMinor: `${base}`,
    taxMinor: `${tax}`,
    components: [],
    exemption: null,
  };
  const sample = sampleInvoice();
  const kind = pick(["invoice", "invoice", "invoice", "quote", "credit_note"] as const);
  const usage = kind === "invoice" && chance(0.1) ? [chart("API requests")] : [];
  return sampleInvoice({
    kind,
    language: language satisfies Language,
    region: REGIONS[language],
    template: { name: pick(["calm", "classic"] as const), version: 3 },
    page: {
      size: pick(["a4", "a4", "letter"] as const),
      marginPt: chance(0.6) ? 54 : 20 + upTo(70),
    },
    status: chance(0.5) ? "open" : null,
    seller: {
      ...sample.seller,
      name: pick(["Acme Metering GmbH", "Müller & Söhne Hosting GmbH"]),
      contactName: chance(0.5) ? "Petra Groß" : null,
      website: chance(0.5) ? "mueller.example" : null,
      taxNumber: chance(0.5) ? "29/815/08155" : null,
      legalId: chance(0.5) ? { scheme: null, value: "HRB 12345" } : null,
    },
    buyer: {
      ...sample.buyer,
      contactName: chance(0.5) ? "Frau Weiß" : null,
      address: {
        ...sample.buyer.address,
        lines: ["1 High Street", "Building 4, third floor"].slice(0, 1 + upTo(1)),
      },
    },
    shipTo: chance(0.4) ? sample.shipTo : null,
    references: {
      ...sample.references,
      purchaseOrder: chance(0.5) ? "PO-2026-118" : null,
      buyerReference: chance(0.4) ? "04011000-12345-34" : null,
      precedingInvoice:
        kind === "credit_note" ? { number: "INV-2026-031", date: "2026-09-30" } : null,
    },
    fields: Array.from({ length: upTo(4) }, (_, i) => ({
      label: pick(["Project", "Kostenstelle", "Cost centre", "Vertragsnummer"]),
      value: pick(["4711", "Neubau Halle 3, zweiter Bauabschnitt", `C-2026-00${i}`]),
    })),
    memo: chance(0.4) ? text(4) : null,
    lines,
    totals: {
      ...sample.totals,
      subtotalMinor: `${base}`,
      netMinor: `${base}`,
      taxes: [group],
      taxMinor: `${tax}`,
      totalMinor: `${base + tax}`,
      dueMinor: `${base + tax}`,
    },
    payment: kind === "invoice" && chance(0.85) ? sample.payment : null,
    notes: chance(0.4) ? text(4) : null,
    terms: chance(0.5) ? text(chance(0.25) ? 14 : 4) : null,
    footer: chance(0.6) ? text(2) : null,
    usage,
  });
}

function chart(name: string): UsageChart {
  const bars = Array.from({ length: 31 }, (_, i) => ({
    day: `2026-10-${String(i + 1).padStart(2, "0")}`,
    quantity: `${(i * 37) % 100}`,
  }));
  const sum = bars.reduce((all, { quantity }) => all + Number(quantity), 0);
  const period = { start: "2026-10-01", end: "2026-10-31" };
  return { name, unit: null, quantity: `${sum}`, period, bars };
}
