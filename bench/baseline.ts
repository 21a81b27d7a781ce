/**
 * What the product is measured against in the same runtime: bare Hono, one call of an object that
 * does nothing, the same with a body that is parsed and passed to it, one that keeps a row of that,
 * one D1 row a request, and one read of a file in R2 or the edge's cache that is passed on.
 */
import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

type Env = {
  DB: D1Database;
  FILES: R2Bucket;
  NOTHING: DurableObjectNamespace<Nothing>;
  KEEPS: DurableObjectNamespace<Keeps>;
};

/** An object that does nothing when it is called. */
export class Nothing extends DurableObject {
  call(): number {
    return 1;
  }

  take(body: string): number {
    return body.length;
  }
}

/** An object that keeps a row for each call, and knows nothing of it afterwards. */
export class Keeps extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, body TEXT)");
  }

  keep(body: string): number {
    return this.#sql
      .exec<{ seq: number }>("INSERT INTO log (body) VALUES (?) RETURNING seq", body)
      .one().seq;
  }
}

const app = new Hono<{ Bindings: Env }>();

app.get("/hello", (c) => c.text("hello"));

app.get("/object", async (c) => {
  const { NOTHING } = c.env;
  return c.text(String(await NOTHING.get(NOTHING.idFromName("one")).call()));
});

app.post("/passed", async (c) => {
  const { NOTHING } = c.env;
  const body = await c.req.json();
  const seq = await NOTHING.get(NOTHING.idFromName("one")).take(JSON.stringify(body));
  return c.json({ ...body, seq }, 201);
});

app.post("/kept", async (c) => {
  const { KEEPS } = c.env;
  const body = await c.req.json();
  const seq = await KEEPS.get(KEEPS.idFromName("one")).keep(JSON.stringify(body));
  return c.json({ ...body, seq }, 201);
});

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

const addressOf = (id: string) => `https://files.invalid/${id}`;

app.put("/file/:id", async (c) => {
  const bytes = await c.req.arrayBuffer();
  const id = c.req.param("id");
  await c.env.FILES.put(id, bytes);
  const headers = { "Cache-Control": "public, max-age=604800, immutable" };
  await caches.default.put(addressOf(id), new Response(bytes, { headers }));
  return c.body(null, 204);
});

app.get("/file/:id", async (c) => {
  const file = await c.env.FILES.get(c.req.param("id"));
  return file ? c.body(file.body as never) : c.notFound();
});

app.get("/edge/:id", async (c) => {
  const kept = await caches.default.match(addressOf(c.req.param("id")));
  return kept ? c.body(kept.body as never) : c.notFound();
});

export default app;
