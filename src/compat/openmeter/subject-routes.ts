/** OpenMeter's subjects: whom usage is of, by their key, and what an app calls them. */
import type { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import { readJson } from "../common/dialect.ts";
import {
  dropEntries,
  entriesNamed,
  listEntries,
  putEntry,
  readEntry,
} from "../common/entry-store.ts";
import { fieldsOf, needText, textIn } from "../common/fields.ts";
import type { Entry } from "../common/table.ts";
import { metadataIn } from "./meter.ts";

/** Subjects of one request, and of a list, which has no pages. */
const MAX_SUBJECTS = 1_000;
const MAX_KEY = 400;
const MAX_NAME = 200;

/** Adds the routes of subjects below `base`, which ends in `/v1`. */
export function routeSubjects(app: Hono<AppEnv>, base: string): void {
  app.get(`${base}/subjects`, async (c) => {
    const { tenantId } = allow(c, "documents.read");
    const first = { after: "", limit: MAX_SUBJECTS };
    const entries = await listEntries(c.env.DB, tenantId, "subject", first);
    return c.json(entries.map(subjectBody));
  });
  app.post(`${base}/subjects`, async (c) => {
    const actor = allow(c, "documents.write");
    const { tenantId: tenant, realMs } = actor;
    const given = subjectsIn(await readJson(c));
    const names = [...given.keys()];
    const held = await entriesNamed(c.env.DB, tenant, "subject", names);
    const entries = names.map((name): Entry => {
      const { id = makeId("sbj", realMs), customerId = null, body = {} } = held.get(name) ?? {};
      const createdMs = held.get(name)?.createdMs ?? realMs;
      const changed = merged(body, given.get(name) ?? {});
      const times = { createdMs, updatedMs: realMs };
      return { id, tenant, kind: "subject", name, customerId, body: changed, ...times };
    });
    await commit(c.env.DB, [
      ...entries.map((entry) => putEntry(c.env.DB, entry)),
      insistRoom(c.env.DB, actor, "stored_bytes"),
      auditRow(
        c.env.DB,
        actor,
        { action: "subjects.put", target: tenant, detail: { subjects: entries.length } },
        realMs,
      ),
    ]);
    return c.json(entries.map(subjectBody));
  });
  app.get(`${base}/subjects/:subject`, async (c) => {
    const { tenantId } = allow(c, "documents.read");
    const name = c.req.param("subject");
    const entry = await readEntry(c.env.DB, tenantId, "subject", name);
    if (!entry) throw notFound(`subject ${name}`);
    return c.json(subjectBody(entry));
  });
  app.delete(`${base}/subjects/:subject`, async (c) => {
    const actor = allow(c, "documents.write");
    const name = c.req.param("subject");
    const entry = await readEntry(c.env.DB, actor.tenantId, "subject", name);
    if (!entry) throw notFound(`subject ${name}`);
    await commit(c.env.DB, [
      dropEntries(c.env.DB, actor.tenantId, "subject", [entry.name]),
      auditRow(c.env.DB, actor, { action: "subject.delete", target: entry.id }, actor.realMs),
    ]);
    return c.body(null, 204);
  });
}

/** What a body says of each subject, by key; null clears, and what is not there stays. */
function subjectsIn(body: unknown): Map<string, Record<string, unknown>> {
  const list = Array.isArray(body) ? body : [body];
  if (list.length > MAX_SUBJECTS) {
    throw invalidField("", `is at most ${MAX_SUBJECTS} subjects; send them in parts`);
  }
  const given = new Map<string, Record<string, unknown>>();
  for (const [i, one] of list.entries()) {
    const fields = fieldsOf(one, `/${i}`);
    const key = needText(fields, "key", MAX_KEY, `/${i}`);
    const change: Record<string, unknown> = {};
    if ("displayName" in fields)
      change.displayName = textIn(fields, "displayName", MAX_NAME, `/${i}`);
    if ("metadata" in fields) change.metadata = metadataIn(fields);
    given.set(key, { ...given.get(key), ...change });
  }
  return given;
}

function merged(held: Record<string, unknown>, change: Record<string, unknown>) {
  const whole = Object.entries({ ...held, ...change });
  return Object.fromEntries(whole.filter(([, value]) => value !== null));
}

/** A subject as OpenMeter shows it. */
function subjectBody({ id, name, body, createdMs, updatedMs }: Entry) {
  return {
    id,
    key: name,
    displayName: body.displayName ?? null,
    metadata: body.metadata ?? {},
    createdAt: timeText(createdMs),
    updatedAt: timeText(updatedMs),
  };
}
