/**
 * Whose turn it is. A lane is a tenant's due rows of one kind, or of one share of it, such as an
 * endpoint; the lanes of a tenant and kind are a group. What is handed out and not done yet is
 * bounded for each lane and group, so nobody's rows fill a queue, and picking them reads the index
 * lane by lane, however many rows one of them has.
 */
import { and, asc, eq, lte, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
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

// The words of the partial indexes, which a parameter would not match.
const ON_REAL_TIME = sql`${due.clock} = 'real'`;
const IN_FLIGHT = sql`${due.leased} = 1`;

/** Most of what is due is read by time; only where there is more are lanes looked at one by one. */
const BY_TIME = 1_000;
const LANES_AT_ONCE = 1_000;

const FIRST_LANE = sql`SELECT min(${due.lane}) FROM ${due} WHERE ${ON_REAL_TIME} AND ${due.lane}`;

/** The groups of which something is due by `nowMs`, each once. */
export async function groupsDue(db: D1Database, nowMs: number): Promise<string[]> {
  const isDue = and(ON_REAL_TIME, lte(due.atMs, nowMs));
  const select = orm(db).select({ lane: due.lane }).from(due);
  const earliest = await select.where(isDue).orderBy(asc(due.atMs)).limit(BY_TIME);
  const lanes = new Set(earliest.map(({ lane }) => lane));
  if (earliest.length === BY_TIME) {
    for (const lane of await lanesDue(db, nowMs)) lanes.add(lane);
  }
  return [...new Set([...lanes].map((lane) => groupNameOf(lane)))].sort();
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
    .where(and(ON_REAL_TIME, eq(due.lane, lane)))
    .limit(1)
    .offset(count - 1);
  return rows.length > 0;
}

/** From lane to lane, each by one seek of the index. */
async function lanesDue(db: D1Database, nowMs: number): Promise<string[]> {
  const found: string[] = [];
  for (let after = ""; ; ) {
    const next = sql`(${FIRST_LANE} > walk.lane)`;
    const statement = sqlStatement(
      db,
      sql`
      WITH RECURSIVE walk(lane) AS (
        SELECT (${FIRST_LANE} > ${after})
        UNION ALL SELECT ${next} FROM walk WHERE walk.lane IS NOT NULL LIMIT ${LANES_AT_ONCE})
      SELECT lane, (SELECT min(${due.atMs}) FROM ${due}
                    WHERE ${ON_REAL_TIME} AND ${due.lane} = walk.lane) AS at
      FROM walk WHERE lane IS NOT NULL`,
    );
    const { results } = await statement.all<{ lane: string; at: number }>();
    for (const { lane, at } of results) if (at <= nowMs) found.push(lane);
    if (results.length < LANES_AT_ONCE) return found;
    after = results.at(-1)?.lane ?? "";
  }
}

/** How many rows may be handed out and not done yet: of each lane, and of the group. */
export type Window = { lane: number; group: number };

export type Claim = {
  group: string;
  window: Window;
  nowMs: number;
  /** When what nobody reported back is handed out again. */
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

const CLAIM = renderedSql<
  "group" | "nowMs" | "untilMs" | "ofLane" | "ofGroup" | "these" | "only"
>(sql`
  WITH RECURSIVE
  walk(lane) AS (
    SELECT (${FIRST_LANE} >= ${GROUP} AND ${ENDS})
    UNION ALL SELECT (${FIRST_LANE} > walk.lane AND ${ENDS}) FROM walk WHERE walk.lane IS NOT NULL),
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
      WHERE ${ON_REAL_TIME} AND ${due.lane} = lanes.lane AND ${due.atMs} <= ${NOW}
      ORDER BY ${due.atMs} LIMIT ${placeholder("ofLane")})),
  turns(id, place) AS (
    SELECT id, (SELECT sum(flying) FROM lanes) + row_number() OVER (ORDER BY turn, at)
    FROM waiting WHERE turn <= ${placeholder("ofLane")})
  UPDATE ${due} SET ${assignments(due, { atMs: placeholder("untilMs"), leased: sql`1` })}
  WHERE ${due.id} IN (SELECT id FROM turns WHERE place <= ${placeholder("ofGroup")})
  RETURNING ${columnNames(id, tenant, kind, ref, lane)}`);

/** Claims that one batch of D1 holds. */
const CLAIMS_AT_ONCE = 50;

/**
 * Takes up what is due, oldest first and lane by lane, as far as the windows allow; what was taken
 * of each claim is due again at `untilMs`. Atomic: two callers never take the same row.
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
    nowMs,
    untilMs,
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
