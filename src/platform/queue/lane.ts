/**
 * Whose turn it is. A lane is a tenant's due rows of one kind, or of one share of it, such as an
 * endpoint; the lanes of a tenant and kind are a group. What is handed out and not done yet is
 * bounded for each lane and group, so nobody's rows fill a queue, and picking them reads the index
 * lane by lane, however many rows one of them has. Tenants are divided into shards, which are swept
 * side by side.
 */
import { and, asc, eq, lte, type Placeholder, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { SECOND_MS } from "../../core/time.ts";
import { orm, statement } from "../db/db.ts";
import { assignments, columnNames, renderedSql, sqlStatement } from "../db/sql.ts";
import { due } from "../db/table.ts";

type Row = typeof due.$inferSelect;

/** The lane of a row, or of a `share` of its kind's; neither has a blank in it. */
export function laneOf({ tenant, kind }: Pick<Row, "tenant" | "kind">, share?: string): string {
  const group = groupOf(tenant, kind);
  return share === undefined ? group : `${group} ${share}`;
}

/** The name of a tenant's lanes of one kind together. */
export function groupOf(tenant: string, kind: string): string {
  return `${tenant} ${kind}`;
}

/** Tenant and kind of a lane. */
export function partsOf(lane: string): { tenant: string; kind: string } {
  const [tenant = "", kind = ""] = lane.split(" ");
  return { tenant, kind };
}

/** The shard of a tenant and of its lanes: random, as the ends of ids are. */
export function shardOf(tenant: string): string {
  return tenant.slice(-1);
}

/** What `leased` says of a row that waits for its queue, and of one in an attempt. */
export const HANDED_OUT = 1 as const;
export const IN_ATTEMPT = 2 as const;

// The words of the indexes, which a parameter would not match.
const ON_REAL_TIME = sql`${due.clock} = 'real'`;
const IN_FLIGHT = sql`${due.leased} > 0`;
const SHARD = sql`substr(${due.tenant}, -1)`;

/** So many rows are read by time at once; where there are more, lanes are looked at one by one. */
const BY_TIME = 1_000;
const LANES_AT_ONCE = 1_000;
/** Lanes that one call looks at. */
const MOST_LANES = 50_000;

/** As `groupsDue`, read by time; null where more rows are due than are read so. */
export async function earliestGroups(db: D1Database, nowMs: number): Promise<string[] | null> {
  const select = orm(db).select({ lane: due.lane }).from(due);
  const isDue = and(ON_REAL_TIME, lte(due.atMs, nowMs));
  const earliest = await select.where(isDue).orderBy(asc(due.atMs)).limit(BY_TIME);
  return earliest.length < BY_TIME ? groupsOf(earliest) : null;
}

/** The shards that have rows on real time. */
export async function shards(db: D1Database): Promise<string[]> {
  // An order and a limit: of an expression, min() would read the whole index.
  const first = (after: SQL) => sql`
    SELECT ${SHARD} FROM ${due} WHERE ${ON_REAL_TIME} AND ${SHARD} > ${after}
    ORDER BY ${SHARD} LIMIT 1`;
  const each = sqlStatement(
    db,
    sql`
    WITH RECURSIVE walk(shard) AS (
      SELECT (${first(sql`''`)})
      UNION ALL SELECT (${first(sql`walk.shard`)}) FROM walk WHERE walk.shard IS NOT NULL)
    SELECT shard FROM walk WHERE shard IS NOT NULL`,
  );
  const { results } = await each.all<{ shard: string }>();
  return results.map(({ shard }) => shard);
}

type LaneTime = { lane: string; at: number };

/**
 * The groups of which something is due by `nowMs`, those first that wait longest; null where a
 * shard has so many lanes that it has to be looked at by itself. One trip to the database.
 */
export async function groupsDue(db: D1Database, nowMs: number): Promise<string[] | null> {
  const each = (await shards(db)).map((shard) => lanesAfter(db, shard, ""));
  const results = each.length > 0 ? await db.batch<LaneTime>(each) : [];
  const isAll = results.every(({ results: lanes }) => lanes.length < LANES_AT_ONCE);
  return isAll
    ? groupsByTime(
        results.flatMap(({ results: lanes }) => lanes),
        nowMs,
      )
    : null;
}

/**
 * As `groupsDue` of one shard, whose lanes are read from the one after `after` on; `next` is where
 * a further call goes on, null where there are no more.
 */
export async function groupsOfShard(
  db: D1Database,
  shard: string,
  { nowMs, after }: { nowMs: number; after: string },
): Promise<{ groups: string[]; next: string | null }> {
  const found: LaneTime[] = [];
  for (let last = after; ; ) {
    const { results: lanes } = await lanesAfter(db, shard, last).all<LaneTime>();
    found.push(...lanes);
    last = lanes.at(-1)?.lane ?? last;
    const isEnd = lanes.length < LANES_AT_ONCE;
    if (isEnd || found.length >= MOST_LANES) {
      return { groups: groupsByTime(found, nowMs), next: isEnd ? null : last };
    }
  }
}

function groupsByTime(lanes: readonly LaneTime[], nowMs: number): string[] {
  return groupsOf(lanes.filter(({ at }) => at <= nowMs).sort((a, b) => a.at - b.at));
}

/** From lane to lane, each by one seek of the index, with the earliest time of each. */
function lanesAfter(db: D1Database, shard: string, after: string): D1PreparedStatement {
  const first = firstLane(sql`${shard}`);
  return sqlStatement(
    db,
    sql`
    WITH RECURSIVE walk(lane) AS (
      SELECT (${first} > ${after})
      UNION ALL SELECT (${first} > walk.lane) FROM walk
      WHERE walk.lane IS NOT NULL LIMIT ${LANES_AT_ONCE})
    SELECT lane, (SELECT min(${due.atMs}) FROM ${due}
                  WHERE ${ON_REAL_TIME} AND ${SHARD} = ${shard} AND ${due.lane} = walk.lane) AS at
    FROM walk WHERE lane IS NOT NULL`,
  );
}

/** The beginning of a query of a shard's first lane, which a comparison ends. */
function firstLane(shard: SQL | Placeholder): SQL {
  return sql`SELECT min(${due.lane}) FROM ${due}
    WHERE ${ON_REAL_TIME} AND ${SHARD} = ${shard} AND ${due.lane}`;
}

/** The groups of lanes, each once, in the order of their first. */
function groupsOf(lanes: readonly { lane: string }[]): string[] {
  return [...new Set(lanes.map(({ lane }) => groupNameOf(lane)))];
}

function groupNameOf(lane: string): string {
  const { tenant, kind } = partsOf(lane);
  return groupOf(tenant, kind);
}

/** True where a lane on real time has `count` rows or more. */
export async function laneHolds(db: D1Database, lane: string, count: number): Promise<boolean> {
  if (count === 0) return true;
  const rows = await orm(db)
    .select({ atMs: due.atMs })
    .from(due)
    .where(and(ON_REAL_TIME, eq(SHARD, shardOf(partsOf(lane).tenant)), eq(due.lane, lane)))
    .limit(1)
    .offset(count - 1);
  return rows.length > 0;
}

/** How many rows may be handed out and not done yet: of each lane, and of the group. */
export type Window = { lane: number; group: number };

export type Claim = {
  group: string;
  window: Window;
  nowMs: number;
  /** When what was handed out a second time and not begun is handed out once more. */
  untilMs: number;
  /** Of these lanes of the group, or of all but these; of all unless given. */
  lanes?: { are: "only" | "not"; these: readonly string[] };
};

export type Claimed = Pick<Row, "id" | "tenant" | "kind" | "ref" | "lane">;

const { placeholder } = sql;
const GROUP = placeholder("group");
const NOW = placeholder("nowMs");
const THESE = placeholder("these");
const ENDS = sql`${due.lane} < ${GROUP} || '!'`; // the character after the blank
const earliest = alias(due, "earliest");
const { id, tenant, kind, ref, lane } = due;
const OF_SHARD = placeholder("shard");

/**
 * What is handed out is due again after this, in case its message was lost: one that comes later
 * begins all the same, and of two that come, one. What was handed out before and did not begin
 * waits for a queue that is behind: more messages would not help it.
 */
export const LEASE_MS = 50 * SECOND_MS;
const WAS_HANDED_OUT = sql`${due.leased} = ${sql.raw(String(HANDED_OUT))}`;
const LEASED_UNTIL = sql`
  CASE WHEN ${WAS_HANDED_OUT} THEN ${placeholder("untilMs")} ELSE ${placeholder("leaseMs")} END`;

const CLAIM = renderedSql<
  "group" | "shard" | "nowMs" | "untilMs" | "leaseMs" | "ofLane" | "ofGroup" | "these" | "only"
>(sql`
  WITH RECURSIVE
  walk(lane) AS (
    SELECT (${firstLane(OF_SHARD)} >= ${GROUP} AND ${ENDS})
    UNION ALL SELECT (${firstLane(OF_SHARD)} > walk.lane AND ${ENDS})
    FROM walk WHERE walk.lane IS NOT NULL),
  lanes(lane, flying) AS (
    SELECT lane, (SELECT count(*) FROM ${due}
                  WHERE ${IN_FLIGHT} AND ${due.lane} = walk.lane AND ${due.atMs} > ${NOW})
    FROM walk
    WHERE lane IS NOT NULL
      AND ${placeholder("only")} = (lane IN (SELECT value FROM json_each(${THESE})))),
  waiting(id, at, turn) AS (
    SELECT ${earliest.id}, ${earliest.atMs},
           lanes.flying + row_number() OVER (PARTITION BY lanes.lane ORDER BY ${earliest.atMs})
    FROM lanes JOIN ${due} AS ${earliest} ON ${earliest.id} IN (
      SELECT ${due.id} FROM ${due}
      WHERE ${ON_REAL_TIME} AND ${SHARD} = ${OF_SHARD}
        AND ${due.lane} = lanes.lane AND ${due.atMs} <= ${NOW}
      ORDER BY ${due.atMs} LIMIT ${placeholder("ofLane")})),
  turns(id, place) AS (
    SELECT id, (SELECT sum(flying) FROM lanes) + row_number() OVER (ORDER BY turn, at)
    FROM waiting WHERE turn <= ${placeholder("ofLane")})
  UPDATE ${due} SET ${assignments(due, { atMs: LEASED_UNTIL, leased: sql.raw(String(HANDED_OUT)) })}
  WHERE ${due.id} IN (SELECT id FROM turns WHERE place <= ${placeholder("ofGroup")})
  RETURNING ${columnNames(id, tenant, kind, ref, lane)}`);

/** Claims that one batch of D1 holds. */
const CLAIMS_AT_ONCE = 50;

/**
 * Takes up what is due, oldest first and lane by lane, as far as the windows allow; what was taken
 * of each claim is due again after `LEASE_MS`, and at `untilMs` where it was taken up before and
 * has not begun. Atomic: two callers never take the same row.
 */
export async function claimDue(db: D1Database, claims: readonly Claim[]): Promise<Claimed[][]> {
  const taken: Claimed[][] = [];
  for (let i = 0; i < claims.length; i += CLAIMS_AT_ONCE) {
    const statements = claims
      .slice(i, i + CLAIMS_AT_ONCE)
      .map((claim) => claimStatement(db, claim));
    const results = await db.batch<Claimed>(statements);
    taken.push(...results.map(({ results: rows }) => rows));
  }
  return taken;
}

function claimStatement(db: D1Database, claim: Claim): D1PreparedStatement {
  const { group, window, nowMs, untilMs, lanes = { are: "not", these: [] } } = claim;
  return CLAIM(db, {
    group,
    shard: shardOf(partsOf(group).tenant),
    nowMs,
    untilMs,
    leaseMs: Math.min(nowMs + LEASE_MS, untilMs),
    ofLane: window.lane,
    ofGroup: window.group,
    these: JSON.stringify(lanes.these),
    only: lanes.are === "only" ? 1 : 0,
  });
}

/** The first of each list, then the second of each, and so on: nobody's rows come all at once. */
export function byTurns<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, n) =>
    lists.flatMap((list) => list.slice(n, n + 1)),
  ).flat();
}

/** Names the lanes of rows that an earlier version wrote. */
export function nameLanes(db: D1Database): D1PreparedStatement {
  const change = { lane: sql`${due.tenant} || ' ' || ${due.kind}` };
  return statement(
    db,
    orm(db)
      .update(due)
      .set(change)
      .where(and(ON_REAL_TIME, sql`${due.lane} = ''`)),
  );
}
