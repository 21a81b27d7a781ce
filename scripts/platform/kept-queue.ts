/**
 * Queues that keep what they took, as the platform's do: the local runtime's own hold messages in
 * memory, and a killed process would lose what was acknowledged. An object each, whose storage has
 * the messages until the product has answered for them. What is deployed has none of this.
 */
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { logError, logWarning } from "../../src/platform/runtime/log.ts";
import { insistWithin } from "./limits.ts";
import { utf8Bytes } from "./size.ts";

/** How a queue is consumed, as wrangler.toml says. */
export type Consumed = {
  maxBatchSize: number;
  maxBatchTimeout: number;
  maxRetries: number;
  /** Where messages go that were tried so often. */
  deadLetterQueue?: string;
};

/** What the runtime answers of a batch; the types of the platform leave it out. */
type Answered = {
  outcome: string;
  retryBatch: { retry: boolean };
  retryMessages: { msgId: string; delaySeconds?: number }[];
};
type Message = { id: string; timestamp: Date; attempts: number; body: unknown };
type Consumer = { queue: (name: string, messages: Message[]) => Promise<Answered> };

type Env = {
  QUEUES: DurableObjectNamespace<KeptQueue>;
  /** The Worker that consumes. */
  PRODUCT: Consumer;
  /** By the names of the queues. */
  CONSUMED: Record<string, Consumed>;
};

const MESSAGE_METADATA_BYTES = 100;

function objectOf({ QUEUES }: Env, name: string) {
  return QUEUES.get(QUEUES.idFromName(name));
}

/** What the product sends to: `queue` in its properties names the queue. */
export class Producer extends WorkerEntrypoint<Env, { queue: string }> {
  async send(body: unknown): Promise<void> {
    await this.sendBatch([{ body }]);
  }

  async sendBatch(messages: { body: unknown }[]): Promise<void> {
    const texts = messages.map(({ body }) => JSON.stringify(body));
    const sizes = texts.map((text) => utf8Bytes(text) + MESSAGE_METADATA_BYTES);
    for (const [i, size] of sizes.entries()) {
      insistWithin("message", size, (texts[i] ?? "").slice(0, 100));
    }
    const { queue } = this.ctx.props;
    await objectOf(this.env, queue).put(queue, texts);
  }
}

/** Has every queue go on with what a server before this one left. */
export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    await Promise.all(Object.keys(env.CONSUMED).map((name) => objectOf(env, name).wake(name)));
    return new Response();
  },
};

type Row = { id: number; at_ms: number; due_ms: number; attempts: number; body: string };
type Putting = { texts: readonly string[]; done: () => void; failed: (error: unknown) => void };

export class KeptQueue extends DurableObject<Env> {
  #name = "";
  #putting: Putting[] = [];
  #runs = false;
  #alarmMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, due_ms INTEGER, attempts INTEGER,
        body TEXT);
      CREATE INDEX IF NOT EXISTS messages_due ON messages (due_ms, id)`);
    const [named] = ctx.storage.sql.exec<{ name: string }>("SELECT name FROM queue").toArray();
    this.#name = named?.name ?? "";
  }

  #claim(name: string): void {
    if (this.#name === name) return;
    this.#name = name;
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO queue (name) VALUES (?)", name);
  }

  /** Resolves once the messages are on disk; calls that come together share a transaction. */
  put(name: string, texts: readonly string[]): Promise<void> {
    this.#claim(name);
    return new Promise((done, failed) => {
      this.#putting.push({ texts, done, failed });
      if (this.#putting.length === 1) setTimeout(() => this.#keep(), 0);
    });
  }

  #keep(): void {
    const group = this.#putting;
    this.#putting = [];
    const nowMs = Date.now();
    try {
      this.ctx.storage.transactionSync(() => {
        for (const text of group.flatMap(({ texts }) => texts)) {
          const insert = "INSERT INTO messages (at_ms, due_ms, attempts, body) VALUES (?, ?, 0, ?)";
          this.ctx.storage.sql.exec(insert, nowMs, nowMs, text);
        }
      });
      this.#wakeAt(nowMs + this.#consumed.maxBatchTimeout * 1_000);
      for (const { done } of group) done();
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  }

  get #consumed(): Consumed {
    const consumed = this.env.CONSUMED[this.#name];
    if (!consumed) throw new Error(`nobody consumes the queue ${this.#name}`);
    return consumed;
  }

  async wake(name: string): Promise<void> {
    this.#claim(name);
    this.#wakeAt(Date.now());
  }

  #wakeAt(atMs: number): void {
    if (this.#runs || (this.#alarmMs !== 0 && this.#alarmMs <= atMs)) return;
    this.#alarmMs = atMs;
    this.ctx.storage.setAlarm(atMs);
  }

  /** Hands out what is due, a batch after the other, until no full or old one is left. */
  override async alarm(): Promise<void> {
    this.#alarmMs = 0;
    if (this.#runs) return;
    this.#runs = true;
    try {
      for (let due = this.#due(); due.length > 0; due = this.#due()) await this.#handOut(due);
    } finally {
      this.#runs = false;
    }
    const next = "SELECT min(due_ms) AS due_ms FROM messages";
    const { due_ms } = this.ctx.storage.sql.exec<{ due_ms: number | null }>(next).one();
    if (due_ms !== null) this.#wakeAt(due_ms + this.#consumed.maxBatchTimeout * 1_000);
  }

  #due(): Row[] {
    const nowMs = Date.now();
    const { maxBatchSize, maxBatchTimeout } = this.#consumed;
    const query = "SELECT * FROM messages WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?";
    const rows = this.ctx.storage.sql.exec<Row>(query, nowMs, maxBatchSize).toArray();
    const isFull = rows.length === maxBatchSize;
    const isOld = rows[0] !== undefined && nowMs - rows[0].due_ms >= maxBatchTimeout * 1_000;
    return isFull || isOld ? rows : [];
  }

  async #handOut(rows: readonly Row[]): Promise<void> {
    const answer = await this.#ask(rows);
    const retried = new Map(answer?.retryMessages.map((one) => [one.msgId, one.delaySeconds ?? 0]));
    const failed = answer === null || answer.outcome !== "ok" || answer.retryBatch.retry;
    const waitOf = ({ id }: Row) => (failed ? 1 : retried.get(String(id)));
    const { maxRetries } = this.#consumed;
    const dead = rows.filter((row) => waitOf(row) !== undefined && row.attempts >= maxRetries);
    const buried = dead.length === 0 || (await this.#bury(dead));
    const nowMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      for (const row of rows) {
        const { id, attempts } = row;
        const wait = waitOf(row);
        if (wait === undefined || (attempts >= maxRetries && buried)) {
          this.ctx.storage.sql.exec("DELETE FROM messages WHERE id = ?", id);
        } else {
          const postpone = "UPDATE messages SET due_ms = ?, attempts = attempts + 1 WHERE id = ?";
          this.ctx.storage.sql.exec(postpone, nowMs + wait * 1_000, id);
        }
      }
    });
  }

  /** Hands over what was tried often enough; false where nobody took it, and it stays here. */
  async #bury(rows: readonly Row[]): Promise<boolean> {
    const { deadLetterQueue } = this.#consumed;
    logWarning({ at: "dead letters", queue: this.#name, count: rows.length });
    if (deadLetterQueue === undefined) return true;
    const answer = await this.#ask(rows, deadLetterQueue);
    return answer?.outcome === "ok" && answer.retryMessages.length === 0;
  }

  async #ask(rows: readonly Row[], queue = this.#name): Promise<Answered | null> {
    const messages = rows.map(({ id, at_ms, attempts, body }) => ({
      id: String(id),
      timestamp: new Date(at_ms),
      attempts: attempts + 1,
      body: JSON.parse(body),
    }));
    try {
      return await this.env.PRODUCT.queue(queue, messages);
    } catch (error) {
      logError({ at: "batch", queue, error });
      return null;
    }
  }
}
