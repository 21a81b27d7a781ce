/** What the product is measured against in the same runtime: bare Hono, one D1 row a request. */
import type { D1Database } from "@cloudflare/workers-types";
import { Hono } from "hono";

const app = new Hono<{ Bindings: { DB: D1Database } }>();

app.get("/hello", (c) => c.text("hello"));

app.post("/setup", async (c) => {
  await c.env.DB.prepare(
    `CREATE TABLE IF NOT EXISTS events (
       id TEXT PRIMARY KEY, tenant TEXT, metric TEXT, quantity INTEGER, user TEXT, at_ms INTEGER
     )`,
  ).run();
  return c.json({ ready: true });
});

app.post("/insert", async (c) => {
  const { metric, quantity, user } = await c.req.json();
  await c.env.DB.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)")
    .bind(crypto.randomUUID(), "ten_bench", metric, quantity, user, Date.now())
    .run();
  return c.json({ stored: true });
});

export default app;
