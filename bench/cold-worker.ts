/**
 * What a fresh isolate of the product is measured against: bare Hono with a call of an object,
 * alone and with what recording cannot do without: the read of D1 that says whose key it is, which
 * the product asks how far the ledger is, too, and a row that the object keeps.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

type Env = { BARE: DurableObjectNamespace<Bare>; DB: D1Database };

const read = (db: D1Database) => db.prepare("SELECT 1 AS one").first<number>("one");

export class Bare extends DurableObject<Env> {
  answer(): number {
    return 1;
  }

  /** Keeps a row. */
  record(): number {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY)");
    this.ctx.storage.sql.exec("INSERT INTO log DEFAULT VALUES");
    return 1;
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
