/**
 * What a fresh isolate of the product is measured against: bare Hono with a call of an object,
 * alone and with the two reads of D1 that recording cannot do without: whose key it is, and, by an
 * object that starts, how far the ledger is.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

type Env = { BARE: DurableObjectNamespace<Bare>; DB: D1Database };

const read = (db: D1Database) => db.prepare("SELECT 1 AS one").first<number>("one");

export class Bare extends DurableObject<Env> {
  answer(): number {
    return 1;
  }

  /** Reads the ledger, and keeps a row. */
  async record(): Promise<number> {
    const one = await read(this.env.DB);
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY)");
    this.ctx.storage.sql.exec("INSERT INTO log DEFAULT VALUES");
    return one ?? 0;
  }
}

const app = new Hono<{ Bindings: Env }>();

app.get("/healthz", (c) => c.json({ status: "ok" }));

app.post("/object", async (c) => {
  const sent = await c.req.json();
  const answer = await c.env.BARE.get(c.env.BARE.idFromName("one")).answer();
  return c.json({ sent, answer });
});

app.post("/recorded", async (c) => {
  const sent = await c.req.json();
  const known = await read(c.env.DB);
  const answer = await c.env.BARE.get(c.env.BARE.idFromName("two")).record();
  return c.json({ sent, known, answer });
});

export default app;
