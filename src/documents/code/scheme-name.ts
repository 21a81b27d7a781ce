/** What schemes of identifiers and of electronic addresses stand for, for people. Pure. */
import { once } from "../language/intl.ts";
import { countryName } from "./country-name.ts";

// Schemes and their names, by ISO 6523 and the EAS list; after them, countries' VAT ids.
const NAMES = `
0002 SIREN, France
0007 Organisation number, Sweden
0009 SIRET, France
0037 LY code, Finland
0060 D-U-N-S number
0088 GLN (GS1)
0106 Chamber of Commerce number (KvK), Netherlands
0151 Australian Business Number
0154 Identification number (IČO), Czechia
0158 Identification number (IČO), Slovakia
0177 Odette
0183 Enterprise number (UID), Switzerland
0184 CVR number, Denmark
0188 Corporate number, Japan
0190 Organisation number of authorities (OIN), Netherlands
0191 Company code, Estonia
0192 Organisation number, Norway
0193 UBL.BE party
0195 Unique Entity Number, Singapore
0196 Identification number (kennitala), Iceland
0198 SE number, Denmark
0199 Legal Entity Identifier (LEI)
0200 Legal entity code, Lithuania
0201 Office's code (IPA), Italy
0203 eDelivery participant
0204 Leitweg-ID, Germany
0205 Destination code (CODDEST), Italy
0208 Enterprise number, Belgium
0209 GS1 identification key
0210 Tax code (codice fiscale), Italy
0211 VAT number (partita IVA), Italy
0212 Organisation identifier, Finland
0213 VAT id, Finland
0215 Net service ID, Finland
0216 OVT code, Finland
0217 Establishment number (KvK), Netherlands
0218 Registration number, Latvia
0221 Qualified invoice issuer number, Japan
0225 Electronic address (annuaire), France
0230 National e-invoicing number, Malaysia
0235 Tax number (TIN), United Arab Emirates
0240 Register of legal persons, France
9913 Business Registers Network
9915 Electronic delivery (Verwaltungsdaten), Austria
9918 SWIFT
9919 Business register number, Austria
9959 Employer Identification Number, United States
AN O.F.T.P. (Odette)
AQ X.400
AS AS2
AU FTP
EM E-mail address; not for Peppol
`;
const VAT_IDS = `
  9910 HU 9914 AT 9920 ES 9922 AD 9923 AL 9924 BA 9925 BE 9926 BG 9927 CH 9928 CY 9929 CZ 9930 DE
  9931 EE 9932 GB 9933 GR 9934 HR 9935 IE 9936 LI 9937 LT 9938 LU 9939 LV 9940 MC 9941 ME 9942 MK
  9943 MT 9944 NL 9945 PL 9946 PT 9947 RO 9948 RS 9949 SI 9950 SK 9951 SM 9952 TR 9953 VA 9957 FR
`;

const names = once(() => {
  const byScheme = new Map<string, string>();
  for (const line of NAMES.trim().split("\n")) {
    const [scheme = "", ...words] = line.split(" ");
    byScheme.set(scheme, words.join(" "));
  }
  for (const [, scheme = "", country = ""] of VAT_IDS.matchAll(/(\d{4})\s([A-Z]{2})/g)) {
    byScheme.set(scheme, `VAT id, ${countryName(country)}`);
  }
  return byScheme;
});

/** What a scheme stands for, in English; its code where it has no name here. */
export function schemeName(code: string): string {
  return names().get(code) ?? code;
}

/** The schemes that have a name here. */
export function namedSchemes(): readonly string[] {
  return [...names().keys()];
}

// Words that are written for a scheme, by its code.
const WORDS = `
0088 GLN EAN GS1 ILN
0060 DUNS D-U-N-S
0204 LEITWEG LEITWEG-ID LEITWEGID
0002 SIREN SIRENE
0009 SIRET
0106 KVK
0190 OIN
0184 CVR
0007 ORGNR
0192 ORGNUMMER
0208 KBO BCE CBE
0151 ABN
0183 UID
0195 UEN
0199 LEI
0201 IPA
0210 CF
0211 PIVA
EM EMAIL E-MAIL MAIL SMTP
`;

const byWord = once(() => {
  const lines = WORDS.trim().split("\n");
  const pairs = lines.map((line) => line.split(" "));
  return new Map(pairs.flatMap(([code = "", ...words]) => words.map((word) => [word, code])));
});

/** What to write instead of a word for a scheme, in capitals; null for other texts. */
export function schemeAdvice(text: string): string | null {
  const code = byWord().get(text);
  if (code !== undefined) return `use ${code} (${schemeName(code)})`;
  return text === "VAT" ? "use the one of its country's VAT ids, such as 9930 for Germany" : null;
}

/** The schemes that have words here. */
export function wordedSchemes(): readonly string[] {
  return [...new Set(byWord().values())];
}
