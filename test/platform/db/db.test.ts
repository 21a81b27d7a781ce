import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { commit, insist, insistChanged } from "../../../src/platform/db/db.ts";
import { due } from "../../../src/platform/db/table.ts";
import { readDue, schedule } from "../../../src/platform/queue/due.ts";

const REFUSAL = { code: "members.last_owner", detail: 'it\'s the "last" one' } as const;

function row(ref: string) {
  return schedule(env.DB, { tenant: "ten_x", atMs: 1, clock: "real", kind: "test", ref });
}

function isDue(ref: string) {
  return sql`EXISTS (SELECT 1 FROM ${due} WHERE ${due.id} = ${`test:${ref}`})`;
}

async function refusalOf(batch: Promise<unknown>): Promise<Problem> {
  return batch.then(
    () => expect.unreachable("the batch was not refused"),
    (error) => error,
  );
}

describe("a batch", () => {
  it("is kept where what it insists on holds", async () => {
    await commit(env.DB, [
      row("kept"),
      insistChanged(env.DB),
      insist(env.DB, isDue("kept"), REFUSAL),
    ]);
    expect(await readDue(env.DB, "test:kept")).not.toBeNull();
  });

  it("is refused whole, with the problem of the condition, where it does not", async () => {
    const refused = commit(env.DB, [row("undone"), insist(env.DB, isDue("none"), REFUSAL)]);
    const problem = await refusalOf(refused);
    expect(problem).toBeInstanceOf(Problem);
    expect([problem.code, problem.message]).toEqual([REFUSAL.code, REFUSAL.detail]);
    expect(await readDue(env.DB, "test:undone")).toBeNull();
  });

  it("is refused where the statement before changed nothing", async () => {
    const problem = await refusalOf(
      commit(env.DB, [
        row("before"),
        env.DB.prepare("DELETE FROM due WHERE id = 'test:none'"),
        insistChanged(env.DB),
      ]),
    );
    expect(problem.code).toBe("resource.conflict");
    expect(await readDue(env.DB, "test:before")).toBeNull();
  });

  it("has the refusal of the condition that failed, among several", async () => {
    const held = { code: "period.open", detail: "this one holds" } as const;
    const problem = await refusalOf(
      commit(env.DB, [
        insist(env.DB, sql`1`, held),
        insist(env.DB, sql`0`, REFUSAL),
        insist(env.DB, sql`0`, held),
      ]),
    );
    expect(problem.code).toBe(REFUSAL.code);
  });

  it("shows the database nothing of what its caller is answered", async () => {
    const error = await env.DB.batch([insist(env.DB, sql`0`, REFUSAL)]).catch(String);
    expect(error).not.toContain(REFUSAL.code);
    expect(error).not.toContain("last");
  });

  it("passes on every other error as it is", async () => {
    const problem = await refusalOf(commit(env.DB, [env.DB.prepare("SELECT json('{')")]));
    expect(problem).not.toBeInstanceOf(Problem);
    expect(String(problem)).toContain("malformed JSON");
  });
});
