/** Pure. Invoices in many scripts: names of customers, their addresses, and lines of both kinds. */
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "./sample.ts";

type Text = { name: string; street: string; city: string; country: string; memo?: string };

function invoiceTo(text: Text, lines: [name: string, description?: string][]): DocumentModel {
  const sample = sampleInvoice();
  const { name, street, city, country, memo = null } = text;
  const address = { ...sample.buyer.address, lines: [street], city, postalCode: null, country };
  return sampleInvoice({
    template: { name: "calm", version: 3 },
    buyer: { ...sample.buyer, name, address },
    memo,
    lines: lines.map(([line, description]) =>
      sampleLine({ name: line, ...(description ? { description } : {}) }),
    ),
  });
}

/** By what stands in them. */
export const SCRIPT_SAMPLES: Record<string, DocumentModel> = {
  Arabic: invoiceTo(
    {
      name: "شركة المثال للتجارة المحدودة",
      street: "شارع الملك فهد 12",
      city: "الرياض",
      country: "SA",
      memo: "يرجى الدفع قبل 30.11.2026 (رقم الفاتورة INV-2026-042). شكرًا لكم!",
    },
    [["خدمات استشارية"], ["استضافة Acme Cloud, 500 GB", "بِسْمِ اللَّهِ"]],
  ),
  Hebrew: invoiceTo(
    {
      name: "שולחן בע״מ",
      street: "רחוב הרצל 12, דירה 3",
      city: "תל אביב",
      country: "IL",
      memo: "נא לשלם עד 30.11.2026 (חשבונית INV-2026-042). שָׁלוֹם!",
    },
    [["שירותי ייעוץ (חודשי)"], ["مرحبا 500 tokens"]],
  ),
  Devanagari: invoiceTo(
    {
      name: "परामर्श सेवाएँ प्राइवेट लिमिटेड",
      street: "१२ महात्मा गांधी मार्ग",
      city: "नई दिल्ली",
      country: "IN",
      memo: "कृपया नियत तिथि तक भुगतान करें। धन्यवाद — Acme Metering GmbH।",
    },
    [["परामर्श सेवाएँ", "क्षत्रिय श्री ज्ञान, किताब हिन्दी में"], ["क्लाउड Storage 500 GB"]],
  ),
  "Traditional Chinese": invoiceTo(
    { name: "台灣國際銀行股份有限公司", street: "信義區市府路1號", city: "臺北市", country: "TW" },
    [["網路服務費", "電話與簡訊、雲端硬碟"], ["陳堃喆先生"]],
  ),
  Japanese: invoiceTo(
    { name: "東京電力株式会社", street: "千代田区内幸町1-1-3", city: "東京都", country: "JP" },
    [["髙島屋 山﨑 𠮷野家"], ["Cloud service"]],
  ),
  "Simplified Chinese": invoiceTo(
    { name: "中国银行股份有限公司", street: "复兴门内大街1号", city: "北京市", country: "CN" },
    [["网络服务费"], ["朱镕基 王喆"]],
  ),
  Korean: invoiceTo(
    { name: "대한상사 주식회사", street: "세종대로 110", city: "서울", country: "KR" },
    [["株式會社 金剛"], ["클라우드 서비스"]],
  ),
  symbols: invoiceTo(
    { name: "Tee ☕ & Post ☎", street: "Platz ★ 1", city: "Köln", country: "DE" },
    [["Geschenk 🎁 Paket", "✅ ★ ☎ ① 👍🏽 👨‍👩‍👧 🇩🇪 𝐁𝐨𝐥𝐝 ❤️ 1️⃣ ♻ ⚠"]],
  ),
  others: invoiceTo(
    { name: "บริษัท ตัวอย่าง จำกัด", street: "தமிழ் தெரு 5", city: "ঢাকা", country: "BD" },
    [["ગુજરાતી ਪੰਜਾਬੀ తెలుగు", "ಕನ್ನಡ മലയാളം සිංහල"], ["ລາວ ខ្មែរ မြန်မာ հայերեն ქართული አማርኛ"]],
  ),
};
