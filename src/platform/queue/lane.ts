/**
 * Whose turn it is. A lane is a tenant's due rows of one kind, or of one share of it, such as an
 * endpoint; the lanes of a tenant and kind are a group. What is handed out and not done yet is
 * bounded for each lane and group, so nobody's rows fill a queue, and picking them reads the index
 * lane by lane, however many rows one of them has. Tenants are divided into shards, which are swept
 * side by side.
 */
import { and, asc, eq, inArray, lte, type Placeholder, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { SECOND_MS } from "../../core/time.ts";
import { eachOf, orm, statement } from "../db/db.ts";
import {
  type Asked,
  anyRow,
  assignments,
  columnNames,
  renderedSql,
  sqlStatement,
} from "../db/sql.ts";
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
export const BY_TIME = 5_000;
/** Lanes of a shard that one statement looks at. */
const LANES_AT_ONCE = 1_000;
/** Lanes that are kept of all that are due: those that wait longest. */
const MOST_LANES = 100_000;

/**
 * The groups of the rows that are due first, in the order of their time; `isAll` where no more rows
 * are due than were read.
 */
export async function earliestGroups(
  db: D1Database,
  nowMs: number,
): Promise<{ groups: string[]; isAll: boolean }> {
  const select = orm(db).select({ lane: due.lane }).from(due);
  const isDue = and(ON_REAL_TIME, lte(due.atMs, nowMs));
  const earliest = await select.where(isDue).orderBy(asc(due.atMs)).limit(BY_TIME);
  return { groups: groupsOf(earliest), isAll: earliest.length < BY_TIME };
}

/** Whether something is due on real time. */
export function anyDue(nowMs: Asked): SQL {
  return anyRow(sql`FROM ${due} WHERE ${ON_REAL_TIME} AND ${due.atMs} <= ${nowMs}`);
}

/** The shards that have rows on real time. */
async function shards(db: D1Database): Promise<string[]> {
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
 * The groups of which something is due by `nowMs`, those first that wait longest. All shards are
 * read side by side, one trip to the database for a thousand lanes of each.
 */
export async function groupsDue(db: D1Database, nowMs: number): Promise<string[]> {
  let found: LaneTime[] = [];
  let parts = (await shards(db)).map((shard) => ({ shard, after: "" }));
  while (parts.length > 0) {
    const results = await db.batch<LaneTime>(parts.map((part) => LANES_AFTER(db, part)));
    const read = results.map(({ results: lanes }) => lanes);
    const isDue = read.flat().filter(({ at }) => at <= nowMs);
    found = [...found, ...isDue].sort((a, b) => a.at - b.at).slice(0, MOST_LANES);
    parts = parts.flatMap(({ shard }, i) => {
      const last = read[i]?.[LANES_AT_ONCE - 1];
      return last ? [{ shard, after: last.lane }] : [];
    });
  }
  return groupsOf(found);
}

/** From lane to lane, each by one seek of the index, with the earliest time of each. */
const LANES_AFTER = renderedSql<"shard" | "after">(sql`
  WITH RECURSIVE walk(lane) AS (
    SELECT (${firstLane(sql.placeholder("shard"))} > ${sql.placeholder("after")})
    UNION ALL SELECT (${firstLane(sql.placeholder("shard"))} > walk.lane) FROM walk
    WHERE walk.lane IS NOT NULL LIMIT ${sql.raw(String(LANES_AT_ONCE))})
  SELECT lane, (SELECT min(${due.atMs}) FROM ${due}
                WHERE ${ON_REAL_TIME} AND ${SHARD} = ${sql.placeholder("shard")}
                  AND ${due.lane} = walk.lane) AS at
  FROM walk WHERE lane IS NOT NULL`);

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

/**
 * How many rows are handed out or in an attempt, none above `most` counted: of these kinds, or of
 * all but these. So many are in flight at a time that all of their entries can be read.
 */
export async function inFlight(
  db: D1Database,
  {
    nowMs,
    most,
    kinds,
  }: { nowMs: number; most: number; kinds: { are: Are; these: readonly string[] } },
): Promise<number> {
  const isOf = sql`${kinds.are === "only" ? 1 : 0} = (${inArray(due.kind, eachOf(kinds.these))})`;
  const rows = sql`SELECT 1 FROM ${due} WHERE ${IN_FLIGHT} AND ${due.atMs} > ${nowMs} AND ${isOf}`;
  const counted = sql`SELECT count(*) AS n FROM (${rows} LIMIT ${most})`;
  return (await sqlStatement(db, counted).first<number>("n")) ?? 0;
}

type Are = "only" | "not";

/** How many rows may be handed out and not done yet: of each lane, and of the group. */
export type Window = { lane: number; group: number };

export type Claim = {
  group: string;
  window: Window;
  nowMs: number;
  /** When what was handed out a second time and not begun is handed out once more. */
  untilMs: number;
  /** How long what is handed out the first time has to begin; `LEASE_MS` unless given. */
  leaseMs?: number;
  /** Of these lanes of the group, or of all but these; of all unless given. */
  lanes?: { are: Are; these: readonly string[] };
};

export type Claimed = Pick<Row, "id" | "tenant" | "kind" | "ref" | "lane">;

const { placeholder } = sql;
const NOW = placeholder("nowMs");
const THESE = placeholder("these");
const earliest = alias(due, "earliest");
const { id, tenant, kind, ref, lane } = due;

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
  "groups" | "nowMs" | "untilMs" | "leaseMs" | "ofLane" | "ofGroup" | "these" | "only"
>(sql`
  WITH RECURSIVE
  asked(name, shard) AS (
    SELECT value->>0, value->>1 FROM json_each(${placeholder("groups")})),
  walk(name, shard, lane) AS (
    SELECT name, shard, (${firstLane(sql`asked.shard`)} >= asked.name AND ${endsOf("asked")})
    FROM asked
    UNION ALL
    SELECT name, shard, (${firstLane(sql`walk.shard`)} > walk.lane AND ${endsOf("walk")})
    FROM walk WHERE walk.lane IS NOT NULL),
  flights(name, shard, lane, flying) AS (
    SELECT name, shard, lane, (SELECT count(*) FROM ${due}
                  WHERE ${IN_FLIGHT} AND ${due.lane} = walk.lane AND ${due.atMs} > ${NOW})
    FROM walk
    WHERE lane IS NOT NULL
      AND ${placeholder("only")} = (lane IN (SELECT value FROM json_each(${THESE})))),
  lanes(name, shard, lane, flying, together) AS (
    SELECT name, shard, lane, flying, sum(flying) OVER (PARTITION BY name) FROM flights),
  waiting(id, name, together, at, turn) AS (
    SELECT ${earliest.id}, lanes.name, lanes.together, ${earliest.atMs},
           lanes.flying + row_number() OVER (PARTITION BY lanes.lane ORDER BY ${earliest.atMs})
    FROM lanes CROSS JOIN ${due} AS ${earliest} ON ${earliest.id} IN (
      SELECT ${due.id} FROM ${due}
      WHERE ${ON_REAL_TIME} AND ${SHARD} = lanes.shard
        AND ${due.lane} = lanes.lane AND ${due.atMs} <= ${NOW}
      ORDER BY ${due.atMs} LIMIT ${placeholder("ofLane")})),
  turns(id, place) AS (
    SELECT id, together + row_number() OVER (PARTITION BY name ORDER BY turn, at)
    FROM waiting WHERE turn <= ${placeholder("ofLane")})
  UPDATE ${due} SET ${assignments(due, { atMs: LEASED_UNTIL, leased: sql.raw(String(HANDED_OUT)) })}
  WHERE ${due.id} IN (SELECT id FROM turns WHERE place <= ${placeholder("ofGroup")})
  RETURNING ${columnNames(id, tenant, kind, ref, lane)}`);

/** The end of a group's lanes: the character after the blank. */
function endsOf(of: "asked" | "walk"): SQL {
  return sql`${due.lane} < ${sql.raw(of)}.name || '!'`;
}

/**
 * Takes up what is due, oldest first and lane by lane, as far as the windows allow; what was taken
 * of each claim is due again after `LEASE_MS`, and at `untilMs` where it was taken up before and
 * has not begun. Atomic: two callers never take the same row.
 */
export async function claimDue(db: D1Database, claims: readonly Claim[]): Promise<Claimed[][]> {
  const results = await db.batch<Claimed>(
    claims.map(({ group, ...how }) => claimStatement(db, [group], how)),
  );
  return results.map(({ results: rows }) => rows);
}

/** As `claimDue` for many groups by one statement: of each what it took, in their order. */
export async function claimGroups(
  db: D1Database,
  groups: readonly string[],
  how: Omit<Claim, "group">,
): Promise<Claimed[][]> {
  const { results } = await claimStatement(db, groups, how).all<Claimed>();
  const taken = Map.groupBy(results, ({ lane }) => groupNameOf(lane));
  return groups.map((group) => taken.get(group) ?? []);
}

const EACH_LANE = { are: "not", these: [] } as const;

/** The statement that takes up what is due of each of the groups, and answers it as `Claimed`. */
export function claimStatement(
  db: D1Database,
  groups: readonly string[],
  { window, nowMs, untilMs, leaseMs = LEASE_MS, lanes = EACH_LANE }: Omit<Claim, "group">,
): D1PreparedStatement {
  return CLAIM(db, {
    groups: JSON.stringify(groups.map((group) => [group, shardOf(partsOf(group).tenant)])),
    nowMs,
    untilMs,
    leaseMs: Math.min(nowMs + leaseMs, untilMs),
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

const IS_UNNAMED = sql`${ON_REAL_TIME} AND ${due.lane} = ''`;

/** Whether an earlier version wrote rows whose lanes have no name. */
export function anyUnnamed(): SQL {
  return anyRow(sql`FROM ${due} WHERE ${IS_UNNAMED}`);
}

/** Names the lanes of rows that an earlier version wrote. */
export function nameLanes(db: D1Database): D1PreparedStatement {
  const change = { lane: sql`${due.tenant} || ' ' || ${due.kind}` };
  return statement(db, orm(db).update(due).set(change).where(IS_UNNAMED));
}
