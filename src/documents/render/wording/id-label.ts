/**
 * Pure. What the numbers of a business are called: as its own country calls them where the name is
 * one of its own (SIREN, KvK, GSTIN), else in the document's language.
 */
import type { Labels } from "../../language/labels.ts";
import type { Language } from "../../language/registry.ts";

export type IdField = "vat" | "tax" | "company";

// Country, number, language of the document or `*`, name, and where it decides the number's length
// in letters and digits.
const NAMES = `DE|company|de|Handelsregister
AT|vat|de|UID-Nr.
AT|company|de|Firmenbuchnr.
CH|vat|de|MWST-Nr.
CH|vat|it|N. IVA
CH|company|*|UID
CH|company|fr|IDE
CH|company|it|IDI
LI|vat|de|MWST-Nr.
FR|company|*|SIREN|9
FR|company|*|SIRET|14
BE|company|nl|Ondernemingsnr.
BE|company|fr|N° d’entreprise
BE|company|de|Unternehmensnr.
BE|company|en|Enterprise no.
LU|company|fr|RCS
NL|company|*|KvK
NL|company|nl|KvK-nummer
IT|vat|it|P. IVA
IT|tax|*|Codice fiscale
IT|company|*|REA
ES|tax|*|NIF
PT|tax|*|NIF
PT|company|*|NIPC|9
GB|vat|en|VAT no.
IE|vat|en|VAT no.
MT|vat|en|VAT no.
ZA|vat|en|VAT no.
PL|vat|pl|NIP|10
PL|tax|*|NIP
PL|company|*|KRS|10
PL|company|*|REGON|9
PL|company|*|REGON|14
SE|company|*|Org.nr
NO|company|*|Org.nr
DK|company|*|CVR
FI|company|*|Y-tunnus
FI|company|en|Business ID
FI|company|sv|FO-nummer
CZ|vat|*|DIČ
CZ|company|*|IČO
SK|vat|*|IČ DPH
SK|tax|*|DIČ
SK|company|*|IČO
HU|tax|*|Adószám
HU|company|*|Cégjegyzékszám
RO|tax|*|CUI
US|tax|*|EIN|9
CA|tax|*|GST/HST no.
CA|tax|fr|N° TPS/TVH
CA|company|*|BN|9
IN|vat|*|GSTIN
IN|tax|*|GSTIN|15
IN|tax|*|PAN|10
IN|company|*|CIN|21
AU|vat|*|ABN|11
AU|tax|*|ABN|11
AU|company|*|ABN|11
AU|company|*|ACN|9
NZ|vat|*|GST no.
NZ|tax|*|GST no.
NZ|company|*|NZBN|13
SG|vat|*|GST reg. no.
SG|tax|*|GST reg. no.
SG|company|*|UEN
JP|tax|ja|登録番号
JP|tax|en|Registration no.
KR|tax|en|Business registration no.
CN|tax|zh|纳税人识别号
CN|company|zh|统一社会信用代码|18
TW|tax|zh|统一编号
TW|company|zh|统一编号
BR|tax|*|CNPJ|14
BR|tax|*|CPF|11
BR|company|*|CNPJ|14
MX|tax|*|RFC
AR|tax|*|CUIT
CL|tax|*|RUT
CO|tax|*|NIT
PE|tax|*|RUC
AE|vat|*|TRN
AE|tax|*|TRN
TR|tax|*|VKN`;

/** The names of a country: a document has those of one or two. */
function namesOf(country: string): ReadonlyMap<string, string> {
  const rows = NAMES.split("\n").filter((row) => row.startsWith(`${country}|`));
  return new Map(
    rows.map((row) => {
      const [, field, language, name = "", length = ""] = row.split("|");
      return [[field, language, length].join(" "), name];
    }),
  );
}
const known = new Map<string, ReadonlyMap<string, string>>();

type Id = { field: IdField; value: string; country: string | null };

/** What a number is called in a document of a language; `country` is the party's own. */
export function idLabel({ field, value, country }: Id, language: Language, labels: Labels): string {
  const length = `${lettersAndDigits(value)}`;
  const names = known.get(country ?? "") ?? namesOf(country ?? "");
  known.set(country ?? "", names);
  const own = (...of: string[]) => names.get([field, ...of].join(" "));
  return (
    own(language, length) ??
    own(language, "") ??
    own("*", length) ??
    own("*", "") ??
    { vat: labels.vatId, tax: labels.taxNumber, company: labels.companyNumber }[field]
  );
}

/** All scripts take long to look through, and numbers are seldom written in others. */
function lettersAndDigits(value: string): number {
  const others = /[^ -~]/.test(value) ? /[^\p{L}\p{N}]/gu : /[^A-Za-z0-9]/g;
  return value.replace(others, "").length;
}
