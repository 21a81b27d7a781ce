/** What a document says of how it stands: each state, in each language, on each of its faces. */
import { describe, expect, it } from "vitest";
import { documentLetter } from "../../../../src/delivery/email/document-letter.ts";
import { formatterIn } from "../../../../src/documents/language/format.ts";
import {
  LANGUAGES,
  type Language,
  labelsFor,
} from "../../../../src/documents/language/registry.ts";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import {
  type Standing,
  standingSentence,
} from "../../../../src/documents/render/wording/standing.ts";
import {
  heroSentence,
  metaEntries,
  paymentEntries,
  paymentTitle,
  wordsOf,
} from "../../../../src/documents/render/wording/wording.ts";
import { previewOf, saidIn } from "../../sheets/text.ts";
import { sampleInvoice } from "../pdf/sample.ts";

type Given = Partial<Omit<Standing, "totals" | "dates">> &
  Partial<Standing["totals"] & Standing["dates"]>;

/** An invoice of 120.00, of which nothing was paid, due on a day. */
function standing(given: Given = {}): Standing {
  const { kind = "invoice", status = "open", debited = false, ...rest } = given;
  const {
    totalMinor = "12000",
    prepaidMinor = "0",
    paidMinor = "0",
    creditedMinor = "0",
    due = "2026-11-30",
    validUntil = null,
  } = rest;
  const gone = BigInt(prepaidMinor) + BigInt(paidMinor) + BigInt(creditedMinor);
  const dueMinor = rest.dueMinor ?? `${BigInt(totalMinor) - gone}`;
  const totals = { totalMinor, prepaidMinor, paidMinor, creditedMinor, dueMinor };
  return { kind, status, debited, totals, dates: { due, validUntil } };
}

const quote = (given: Given) => standing({ kind: "quote", due: null, ...given });

const STATES: [state: string, standing: Standing, inEnglish: string][] = [
  ["a draft", standing({ status: "draft", due: null }), "€120.00 due"],
  ["as issued", standing({ status: null }), "€120.00 due on November 30, 2026"],
  ["open", standing(), "€120.00 due on November 30, 2026"],
  ["overdue", standing({ status: "overdue" }), "€120.00 was due on November 30, 2026"],
  ["debited on a day", standing({ debited: true }), "€120.00 will be debited on November 30, 2026"],
  ["debited", standing({ debited: true, due: null }), "€120.00 will be debited from your account"],
  [
    "a debit that failed",
    standing({ debited: true, status: "overdue" }),
    "€120.00 was due on November 30, 2026",
  ],
  ["paid", standing({ status: "paid", paidMinor: "12000" }), "€120.00 paid"],
  [
    "paid by debit",
    standing({ status: "paid", debited: true, paidMinor: "12000" }),
    "€120.00 paid",
  ],
  [
    "paid in part",
    standing({ paidMinor: "2000" }),
    "€100.00 due on November 30, 2026 · €20.00 paid",
  ],
  [
    "credited in part",
    standing({ creditedMinor: "6000" }),
    "€60.00 due on November 30, 2026 · €60.00 credited",
  ],
  [
    "half credited, half paid",
    standing({ status: "paid", creditedMinor: "6000", paidMinor: "6000" }),
    "€60.00 paid · €60.00 credited",
  ],
  [
    "credited and paid in part",
    standing({ creditedMinor: "6000", paidMinor: "2000" }),
    "€40.00 due on November 30, 2026 · €20.00 paid · €60.00 credited",
  ],
  [
    "void",
    standing({ status: "void", creditedMinor: "12000" }),
    "Void: nothing to pay · €120.00 credited",
  ],
  ["a draft that was discarded", standing({ status: "void", due: null }), "Void: nothing to pay"],
  ["overpaid", standing({ status: "paid", paidMinor: "15000" }), "€30.00 overpaid · €150.00 paid"],
  [
    "paid from credit",
    standing({ status: "paid", prepaidMinor: "12000" }),
    "€120.00 taken from prepaid credit",
  ],
  [
    "paid from credit in part",
    standing({ prepaidMinor: "2000" }),
    "€100.00 due on November 30, 2026 · €20.00 taken from prepaid credit",
  ],
  ["of nothing", standing({ status: "paid", totalMinor: "0" }), "Nothing to pay"],
  ["below nothing", standing({ status: "paid", totalMinor: "-500" }), "€5.00 to your credit"],
  ["a quote", quote({ status: "pending" }), "€120.00 in total"],
  [
    "a quote until a day",
    quote({ status: "pending", validUntil: "2026-11-30" }),
    "€120.00, valid until November 30, 2026",
  ],
  ["an accepted quote", quote({ status: "accepted" }), "€120.00, accepted"],
  ["a rejected quote", quote({ status: "rejected" }), "€120.00, declined"],
  [
    "an expired quote",
    quote({ status: "expired", validUntil: "2026-11-30" }),
    "€120.00, was valid until November 30, 2026",
  ],
  ["a quote that was discarded", quote({ status: "void" }), "Void"],
  ["a credit note", standing({ kind: "credit_note", status: null }), "€120.00 credited"],
];

const sentence = (language: Language, one: Standing) =>
  standingSentence(one, labelsFor(language), formatterIn(language, null, "EUR"));

describe.each(STATES)("%s", (_, one, inEnglish) => {
  it("is said in English", () => {
    expect(sentence("en", one)).toBe(inEnglish);
  });

  it("is said in every language, with the same amounts and the same day", () => {
    for (const language of LANGUAGES) {
      const format = formatterIn(language, null, "EUR");
      const said = sentence(language, one);
      expect(said).not.toMatch(/[{}]|undefined/);
      for (const [, amount = ""] of inEnglish.matchAll(/€([\d.]+)/g)) {
        expect(said).toContain(format.money(amount.replace(".", "")));
      }
      if (/November/.test(inEnglish)) expect(said).toContain(format.date("2026-11-30"));
      expect(said === inEnglish).toBe(language === "en");
    }
  });
});

/** Words that say that somebody has paid. */
const PAID =
  /\bpaid\b|bezahlt|payés?\b|pagad|pagat|\bpagos?\b|betaald|zapłacon|betalt|支払い済み|已付|결제 완료/i;

const MANDATE = {
  reference: "M-1",
  iban: "NL91ABNA0417164300",
  creditorId: "NL98ZZZ999999990000",
};

function debited(language: Language) {
  const { payment, ...rest } = sampleInvoice({ language, status: "open" });
  if (!payment) throw new Error("the sample asks for money");
  return {
    ...rest,
    payment: { ...payment, meansCode: "59", mandate: MANDATE, qr: null, url: null },
  };
}

describe("an invoice that will be debited", () => {
  it.each(LANGUAGES)("says from which account and by which mandate, in %s", (language) => {
    const model = debited(language);
    const words = wordsOf(model);
    const shown = [
      heroSentence(words),
      paymentTitle(words, model.payment),
      ...paymentEntries(words, model.payment).map(({ label, value }) => `${label} ${value}`),
    ].join("\n");
    for (const part of ["NL91 ABNA 0417 1643 00", "M-1", "NL98ZZZ999999990000", "INV-2026-042"]) {
      expect(shown).toContain(part);
    }
    expect(shown).toContain(words.format.date(model.dates.due ?? ""));
    expect(shown).not.toContain("DE89");
    expect(shown).not.toMatch(PAID);
    expect(words.labels.debit.title).not.toBe(words.labels.payByTransfer);
  });

  it("is no transfer where the debit is not in euro", () => {
    const model = debited("en");
    const payment = { ...model.payment, meansCode: "49" };
    expect(paymentTitle(wordsOf(model), payment)).toBe("We will collect this by direct debit");
  });
});

describe("the faces of a document", () => {
  it("say the same sentence in HTML and in a letter", () => {
    const model = sampleInvoice({ language: "pl", status: "open" });
    const said = heroSentence(wordsOf(model));
    const letter = documentLetter({
      model,
      occasion: { letter: "document" },
      message: null,
      viewUrl: null,
      logo: null,
    });
    expect(saidIn(previewOf(model, FONTS))).toContain(said);
    expect(letter.html).toContain(said);
  });

  it("say once that it is a draft", () => {
    const model = sampleInvoice({ number: null, status: "draft", payment: null });
    const shown = previewOf(model, FONTS).replace(/<title>.*?<\/title>/, "");
    expect(saidIn(shown).match(/draft/gi)).toHaveLength(1);
    expect(metaEntries(wordsOf(model))[0]?.label).toBe("Date of issue");
  });
});
