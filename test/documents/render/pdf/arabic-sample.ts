/** Pure. An invoice in Arabic, of a company in Riyadh to one in Jeddah: what the README shows. */
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "./sample.ts";

const TAX = { category: "S", percent: "15" } as const;
const LINES = [
  sampleLine({
    name: "اشتراك المنصة، الباقة المتقدمة",
    period: { start: "2026-10-01", end: "2026-10-31" },
    unitPrice: "1850",
    amountMinor: "185000",
  }),
  sampleLine({
    name: "طلبات واجهة برمجة التطبيقات (API)",
    detail: "أول 1,000,000 طلب ضمن الباقة",
    quantity: "402311",
    unitPrice: "0.002",
    amountMinor: "80462",
  }),
  sampleLine({
    name: "تخزين Acme Cloud",
    detail: "بمتوسط 812 GB",
    quantity: "604",
    unit: "GB",
    unitPrice: "0.75",
    amountMinor: "45300",
  }),
  sampleLine({ name: "خدمات استشارية", quantity: "6", unitPrice: "420", amountMinor: "252000" }),
].map((line) => ({ ...line, tax: TAX, netMinor: line.amountMinor }));

/** Nothing of it is paid yet. */
export function arabicInvoice(): DocumentModel {
  const invoice = sampleInvoice();
  const { seller, buyer, totals, payment } = invoice;
  const addressIn = (city: string, line: string, postalCode: string) => ({
    lines: [line],
    city,
    postalCode,
    region: null,
    country: "SA",
  });
  return {
    ...invoice,
    language: "ar",
    region: "SA",
    currency: "SAR",
    status: "open",
    seller: {
      ...seller,
      name: "شركة مدار للبرمجيات",
      address: addressIn("الرياض", "طريق الملك فهد 12", "12214"),
      email: "billing@madar.example",
      phone: "+966 11 234 5678",
      vatId: "310122393500003",
      electronicAddress: null,
    },
    buyer: {
      ...buyer,
      name: "مؤسسة البحر الأحمر للتجارة",
      address: addressIn("جدة", "شارع التحلية 48", "23326"),
      email: "accounts@redsea.example",
      vatId: "300055184400003",
      electronicAddress: null,
    },
    shipTo: null,
    memo: "شكرًا لتعاملكم معنا. يرجى ذكر رقم الفاتورة INV-2026-042 عند التحويل.",
    lines: LINES,
    totals: {
      ...totals,
      subtotalMinor: "562762",
      netMinor: "562762",
      taxes: [
        {
          ...TAX,
          name: null,
          baseMinor: "562762",
          taxMinor: "84414",
          components: [],
          exemption: null,
        },
      ],
      taxMinor: "84414",
      totalMinor: "647176",
      dueMinor: "647176",
    },
    payment: payment && {
      ...payment,
      beneficiary: "شركة مدار للبرمجيات",
      iban: "SA0380000000608010167519",
      bic: "RJHISARI",
      qr: null,
    },
  };
}
