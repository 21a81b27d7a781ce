/** The one place that allots numbers: a draft gets the next one of its series and is frozen. */
import { dateText } from "../../core/period.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import { type NumberFormat, parseFormat, seriesFormat } from "../model/number.ts";
import { formatTextOf, type Issuer, type Parties } from "../model/party.ts";
import { brandingOf, buyerOf, sellerOf } from "./snapshot.ts";

/** Days for which a quote is valid where it names none. */
const QUOTE_DAYS = 30;

/** A draft that is about to become final; `revision` is the one it was read at. */
export type Finalizing = {
  id: string;
  kind: DocumentKind;
  revision: number;
  parties: Parties;
  paymentTermsDays: number;
  status: StoredStatus;
  nowMs: number;
};

// The day is today in the issuer's zone, but never before the last of any year's series.
const ALLOT = `
INSERT INTO number_series (issuer, scope, kind, year, last, last_date)
SELECT ?1, ?2, ?3, substr(day, 1, 4), 1, day FROM (
  SELECT max(?4, coalesce(max(last_date), ?4)) AS day FROM number_series
  WHERE issuer = ?1 AND scope = ?2 AND kind = ?3)
WHERE true
ON CONFLICT (issuer, scope, kind, year) DO UPDATE
  SET last = last + 1, last_date = excluded.last_date`;

const inYear = (text: string) =>
  `replace(replace(${text}, '{YYYY}', s.year), '{YY}', substr(s.year, 3))`;

// Reads the row that ALLOT has just written in the same batch.
const STAMP = `
UPDATE documents SET
  revision = ?2, status = ?3, scope = ?4, recipient = ?5, time_zone = ?6,
  series_year = s.year, sequence = s.last, issue_date = s.last_date,
  number = ${inYear("?7")} || printf('%0' || ?8 || 'd', s.last) || ${inYear("?9")},
  due_date = CASE ?17
    WHEN 'terms' THEN max(coalesce(due_date, date(s.last_date, ?10)), s.last_date)
    WHEN 'issueDay' THEN s.last_date END,
  valid_until = CASE WHEN ?18
    THEN max(coalesce(valid_until, date(s.last_date, '+${QUOTE_DAYS} days')), s.last_date) END,
  seller = ?11, buyer = ?12, branding = ?13, finalized_ms = ?14, updated_ms = ?14
FROM (SELECT year, last, last_date FROM number_series
      WHERE issuer = ?15 AND scope = ?4 AND kind = ?16 ORDER BY year DESC LIMIT 1) AS s
WHERE documents.id = ?1`;

/** Allots the number and freezes the document: two statements of one batch, in this order. */
export function stampFinal(db: D1Database, final: Finalizing): D1PreparedStatement[] {
  const { parties, kind, nowMs } = final;
  const { issuer, customer, scope } = parties;
  const format = formatOf(issuer, kind, scope !== "");
  const today = dateText(nowMs, issuer.timeZone);
  return [
    db.prepare(ALLOT).bind(issuer.tenant, scope, kind, today),
    db
      .prepare(STAMP)
      .bind(
        final.id,
        final.revision + 1,
        final.status,
        scope,
        customer.linkedTenant,
        issuer.timeZone,
        format.before,
        String(format.digits),
        format.after,
        `+${final.paymentTermsDays} days`,
        JSON.stringify(sellerOf(parties)),
        JSON.stringify(buyerOf(parties)),
        JSON.stringify(brandingOf(parties)),
        nowMs,
        issuer.tenant,
        kind,
        KINDS[kind].dueDate,
        KINDS[kind].expires ? 1 : 0,
      ),
  ];
}

/** The number format of an issuer's series. */
export function formatOf(issuer: Issuer, kind: DocumentKind, test: boolean): NumberFormat {
  const format = parseFormat(formatTextOf(issuer, kind)) ?? parseFormat(KINDS[kind].numberFormat);
  if (!format) throw new RangeError(`no number format for ${kind}`);
  return seriesFormat(format, test);
}
