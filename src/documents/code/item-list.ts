/**
 * Lists that classify what is sold (BT-158-1). Pure. UNTDID 7143, D.23B, as the code lists of EN
 * 16931 of 2025 have it (BR-CL-13). Typed in from those.
 */
import { codeList } from "./list.ts";

const ITEM_LISTS = codeList(`
  AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ BA BB BC BD BE BF
  BG BH BI BJ BK BL BM BN BO BP BQ BR BS BT BU BV BW BX BY BZ CC CG CL CR CV DR DW EC EF EMD EN FS
  GB GN GMN GS HS IB IN IS IT IZ MA MF MN MP NB ON PD PL PO PPI PV QS RC RN RU RY SA SG SK SN SRS
  SRT SRU SRV SRW SRX SRY SRZ SS SSA SSB SSC SSD SSE SSF SSG SSH SSI SSJ SSK SSL SSM SSN SSO SSP
  SSQ SSR SSS SST SSU SSV SSW SSX SSY SSZ ST STA STB STC STD STE STF STG STH STI STJ STK STL STM
  STN STO STP STQ STR STS STT STU STV STW STX STY STZ SUA SUB SUC SUD SUE SUF SUG SUH SUI SUJ SUK
  SUL SUM TG TSN TSO TSP TSQ TSR TSS TST TSU UA UP VN VP VS VX ZZZ
`);
/** Names by which the product takes a list of UNTDID 7143. */
const NAMES: Readonly<Record<string, string>> = {
  HSN: "HS",
  CPV: "STI",
  UNSPSC: "TST",
  GTIN: "SRV",
  EAN: "EN",
  ISBN: "IB",
  ISSN: "IS",
};

/** True for a list of UNTDID 7143, such as HS (Harmonised System). */
export function isItemList(code: string): boolean {
  return ITEM_LISTS.has(code);
}

/** The list of UNTDID 7143 that a code or a name means: HSN is HS, CPV is STI; null for others. */
export function itemListOf(name: string): string | null {
  const code = name.trim().toUpperCase();
  const list = NAMES[code] ?? code;
  return isItemList(list) ? list : null;
}
