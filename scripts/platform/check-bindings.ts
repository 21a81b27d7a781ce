/**
 * Puts the checks around the bindings of this isolate, once. What is patched are the prototypes of
 * the platform's own classes: the product knows nothing of it, and a deployed one has none of this.
 */
import { checkPlans, checkStoredPlan, isNewStored, isOfTest } from "./check-plan.ts";
import { checkParameters, checkText } from "./check-sql.ts";
import { countQuery } from "./invocation.ts";
import { breach, insistWithin, LIMITS } from "./limits.ts";
import { refusedRow } from "./row-guard.ts";
import { utf8Bytes, valueBytes } from "./size.ts";

export type Bindings = { DB: D1Database; FILES: R2Bucket; JOBS: Queue };

// biome-ignore lint/suspicious/noExplicitAny: methods of any class of the platform
type Method = (this: any, ...args: any[]) => any;
type Made = { statement: string; params: unknown[] };

const patched = new WeakSet<object>();

type Around = Record<string, (original: Method) => Method>;

/** Replaces methods of a value's class, unless that was done. */
function patchClassOf(value: object, methods: Around): void {
  patch(Object.getPrototypeOf(value), methods);
}

function patch(prototype: Record<string, Method>, methods: Around): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  for (const [name, around] of Object.entries(methods)) {
    const original = prototype[name];
    if (!original) throw new Error(`the platform's class has no method ${name}`);
    prototype[name] = around(original);
  }
}

/** The product's, by which the plans of its statements are told. */
let checkedDb: D1Database | null = null;

/** Checks D1, R2, queues and sockets. */
export function checkBindings({ DB, FILES, JOBS }: Bindings): void {
  checkedDb ??= DB;
  patchClassOf(DB, { batch: checkedBatch });
  const ran = { run: checkedRun, all: checkedRun, raw: checkedRun, first: checkedRun };
  patchClassOf(DB.prepare("SELECT 1"), ran);
  patchClassOf(FILES, {
    put: checkedPut,
    get: checkedKey,
    head: checkedKey,
    delete: checkedDelete,
  });
  patchClassOf(JOBS, { send: checkedSend, sendBatch: checkedSendBatch });
  patch(WebSocket.prototype as unknown as Record<string, Method>, { send: checkedFrame });
}

/** Checks the storage of Durable Objects: each statement of any goes through one prototype. */
export function checkStorage(sql: SqlStorage): void {
  patchClassOf(sql, { exec: checkedExec });
}

function checkStatement({ statement, params }: Made): void {
  checkText(statement);
  checkParameters("row", statement, params);
}

/** What a statement answered, and a guard's error as the breach it is. */
async function checkedAnswer<T>(made: Made[], answer: () => Promise<T>): Promise<T> {
  try {
    const result = await answer();
    checkResult(result, made);
    return result;
  } catch (error) {
    const row = refusedRow(error);
    if (row === null) throw error;
    const writer = made.find(({ statement }) => statement.includes(row.table));
    throw breach("row", row.bytes, `a row of ${row.table}, by ${writer?.statement}`);
  }
}

function checkedRun(original: Method): Method {
  return async function (this: Made, ...args) {
    checkStatement(this);
    countQuery(1);
    await checkPlans(checkedDb, [this]);
    return checkedAnswer([this], () => original.apply(this, args));
  };
}

function checkedBatch(original: Method): Method {
  return async function (this: D1Database, statements: Made[]) {
    for (const made of statements) checkStatement(made);
    insistWithin("queries", statements.length, `a batch: ${statements[0]?.statement}`);
    countQuery(statements.length);
    await checkPlans(checkedDb, statements);
    return checkedAnswer(statements, () => original.call(this, statements));
  };
}

/** Texts that a query makes are limited as those that are kept, and so is all that it answers. */
function checkResult(result: unknown, made: Made[]): void {
  let total = 0;
  const { most } = LIMITS.row;
  const where = made.map(({ statement }) => statement).join("; ");
  const visit = (value: unknown): void => {
    if (typeof value === "string" || ArrayBuffer.isView(value)) {
      const bytes = valueBytes(value, most);
      total += bytes;
      if (bytes > most) throw breach("row", bytes, `a value answered to ${where}`);
    } else if (typeof value === "object" && value !== null) {
      for (const inner of Object.values(value)) visit(inner);
    } else total += 8;
  };
  visit(result);
  // Short texts were counted at their most, so only a total that is far too large is looked at.
  if (total > LIMITS.result.most) insistWithin("result", exactBytes(result), where);
}

function exactBytes(value: unknown): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) {
    return valueBytes(value);
  }
  return Object.values(value).reduce((sum: number, inner) => sum + exactBytes(inner), 0);
}

/** A record's header: at most so many bytes a column. */
const HEADER_BYTES = 9;

function checkedExec(original: Method): Method {
  return function (this: SqlStorage, sql: string, ...params: unknown[]) {
    checkText(sql);
    checkParameters("objectRow", sql, params);
    if (/^\s*(?:INSERT|UPDATE|REPLACE)\b/i.test(sql)) {
      // A statement writes a row of what is bound, so their sum is the row as it results.
      const { most } = LIMITS.objectRow;
      const bound = params.reduce<number>((sum, value) => sum + valueBytes(value, most / 4), 0);
      if (bound > most / 2) {
        const exact = params.reduce<number>((sum, value) => sum + valueBytes(value), 0);
        insistWithin("objectRow", exact + HEADER_BYTES * params.length, sql);
      }
    }
    const exec = (text: string, ...values: unknown[]) => original.call(this, text, ...values);
    if (isNewStored(sql) && !isOfTest(new Error().stack)) checkStoredPlan(exec, sql, params);
    return exec(sql, ...params);
  };
}

/** What a queue adds to a message's own bytes. */
const MESSAGE_METADATA_BYTES = 100;

function messageBytes(body: unknown): number {
  return utf8Bytes(JSON.stringify(body) ?? "") + MESSAGE_METADATA_BYTES;
}

function checkMessage(body: unknown): number {
  const bytes = messageBytes(body);
  insistWithin("message", bytes, JSON.stringify(body).slice(0, 100));
  return bytes;
}

function checkedSend(original: Method): Method {
  return async function (this: Queue, body: unknown, ...rest) {
    checkMessage(body);
    return original.call(this, body, ...rest);
  };
}

function checkedSendBatch(original: Method): Method {
  return async function (this: Queue, messages: Iterable<MessageSendRequest>, ...rest) {
    const all = [...messages];
    insistWithin("sendBatch", all.length, JSON.stringify(all[0]?.body).slice(0, 100));
    const bytes = all.reduce((sum, { body }) => sum + checkMessage(body), 0);
    insistWithin("sendBytes", bytes, JSON.stringify(all[0]?.body).slice(0, 100));
    return original.call(this, all, ...rest);
  };
}

function checkedKey(original: Method): Method {
  return async function (this: R2Bucket, key: string, ...rest) {
    insistWithin("key", utf8Bytes(key), key);
    return original.call(this, key, ...rest);
  };
}

function checkedPut(original: Method): Method {
  return async function (this: R2Bucket, key: string, value: unknown, options?: R2PutOptions) {
    insistWithin("key", utf8Bytes(key), key);
    const { customMetadata = {}, httpMetadata = {} } = options ?? {};
    const texts = [...Object.entries(customMetadata), ...Object.entries(httpMetadata)].flat();
    const bytes = texts.reduce((sum, text) => sum + utf8Bytes(String(text)), 0);
    insistWithin("metadata", bytes, key);
    return original.call(this, key, value, ...(options ? [options] : []));
  };
}

function checkedDelete(original: Method): Method {
  return async function (this: R2Bucket, keys: string | string[]) {
    for (const key of [keys].flat()) insistWithin("key", utf8Bytes(key), key);
    insistWithin("deletion", [keys].flat().length, String([keys].flat()[0]));
    return original.call(this, keys);
  };
}

function checkedFrame(original: Method): Method {
  return function (this: WebSocket, message: string | ArrayBuffer) {
    const bytes = valueBytes(message, LIMITS.frame.most);
    if (bytes > LIMITS.frame.most) throw breach("frame", bytes, String(message).slice(0, 100));
    return original.call(this, message);
  };
}
