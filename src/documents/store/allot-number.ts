/** The one place that allots numbers: a draft gets the next one of its series and is frozen. */
import { type Column, type Placeholder, type SQL, sql } from "drizzle-orm";
import { dateText } from "../../core/period.ts";
import { assignments, columnNames, renderedSql } from "../../platform/db/sql.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import { type NumberFormat, parseFormat, seriesFormat } from "../model/number.ts";
import { formatTextOf, type Issuer, type Parties } from "../model/party.ts";
import { brandingOf, buyerOf, sellerOf } from "./snapshot.ts";
import { documents, numberSeries } from "./table.ts";

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

// Both statements stand in the batch of every closing and finalization: rendered once.
const { placeholder } = sql;
const { issuer, scope, kind, year, last, lastDate } = numberSeries;

const IN_SERIES = sql`${issuer} = ${placeholder("issuer")}
  AND ${scope} = ${placeholder("scope")} AND ${kind} = ${placeholder("kind")}`;

const COUNTED = assignments(numberSeries, {
  last: sql`${last} + 1`,
  lastDate: sql`excluded.${columnNames(lastDate)}`,
});

// The day is today in the issuer's zone, but never before the last of any year's series.
const ALLOT = renderedSql<"issuer" | "scope" | "kind" | "today">(sql`
  INSERT INTO ${numberSeries} (${columnNames(issuer, scope, kind, year, last, lastDate)})
  SELECT ${placeholder("issuer")}, ${placeholder("scope")}, ${placeholder("kind")},
         substr(day, 1, 4), 1, day
  FROM (
    SELECT max(${placeholder("today")}, coalesce(max(${lastDate}), ${placeholder("today")})) AS day
    FROM ${numberSeries} WHERE ${IN_SERIES})
  WHERE true
  ON CONFLICT (${columnNames(issuer, scope, kind, year)}) DO UPDATE SET ${COUNTED}`);

const inYear = (part: Placeholder) => sql`
  replace(replace(${part}, '{YYYY}', allotted.year), '{YY}', substr(allotted.year, 3))`;

/** The day that a draft names, else some days after its issue; never before the day of issue. */
const notBeforeIssue = (named: Column, days: Placeholder | SQL) =>
  sql`max(coalesce(${named}, date(allotted.day, ${days})), allotted.day)`;

const STAMPED = assignments(documents, {
  revision: placeholder("revision"),
  status: placeholder("status"),
  scope: placeholder("scope"),
  recipient: placeholder("recipient"),
  timeZone: placeholder("timeZone"),
  seriesYear: sql`allotted.year`,
  sequence: sql`allotted.n`,
  issueDate: sql`allotted.day`,
  number: sql`${inYear(placeholder("before"))}
    || printf('%0' || ${placeholder("digits")} || 'd', allotted.n)
    || ${inYear(placeholder("after"))}`,
  dueDate: sql`CASE ${placeholder("due")}
    WHEN 'terms' THEN ${notBeforeIssue(documents.dueDate, placeholder("terms"))}
    WHEN 'issueDay' THEN allotted.day END`,
  validUntil: sql`CASE WHEN ${placeholder("expires")}
    THEN ${notBeforeIssue(documents.validUntil, sql`'+${sql.raw(String(QUOTE_DAYS))} days'`)} END`,
  seller: placeholder("seller"),
  buyer: placeholder("buyer"),
  branding: placeholder("branding"),
  finalizedMs: placeholder("nowMs"),
  updatedMs: placeholder("nowMs"),
});

// Reads the row that ALLOT has just written in the same batch.
const STAMP = renderedSql(sql`
  UPDATE ${documents} SET ${STAMPED}
  FROM (SELECT ${year} AS year, ${last} AS n, ${lastDate} AS day FROM ${numberSeries}
        WHERE ${IN_SERIES} ORDER BY ${year} DESC LIMIT 1) AS allotted
  WHERE ${documents.id} = ${placeholder("id")}`);

/** Allots the number and freezes the document: two statements of one batch, in this order. */
export function stampFinal(db: D1Database, final: Finalizing): D1PreparedStatement[] {
  const { parties, nowMs } = final;
  const format = formatOf(parties.issuer, final.kind, parties.scope !== "");
  const series = { issuer: parties.issuer.tenant, scope: parties.scope, kind: final.kind };
  const today = dateText(nowMs, parties.issuer.timeZone);
  const stamp = {
    ...series,
    id: final.id,
    revision: final.revision + 1,
    status: final.status,
    recipient: parties.customer.linkedTenant,
    timeZone: parties.issuer.timeZone,
    before: format.before,
    digits: String(format.digits),
    after: format.after,
    due: KINDS[final.kind].dueDate,
    terms: `+${final.paymentTermsDays} days`,
    expires: KINDS[final.kind].expires ? 1 : 0,
    seller: JSON.stringify(sellerOf(parties)),
    buyer: JSON.stringify(buyerOf(parties)),
    branding: JSON.stringify(brandingOf(parties)),
    nowMs,
  };
  return [ALLOT(db, { ...series, today }), STAMP(db, stamp)];
}

/** The number format of an issuer's series. */
export function formatOf(issuer: Issuer, kind: DocumentKind, test: boolean): NumberFormat {
  const format = parseFormat(formatTextOf(issuer, kind)) ?? parseFormat(KINDS[kind].numberFormat);
  if (!format) throw new RangeError(`no number format for ${kind}`);
  return seriesFormat(format, test);
}
