/** OpenMeter's features: every meter is one, and an alias is one under a key of its own. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { dropEntries, listEntries, putEntry, readEntry } from "../common/entry-store.ts";
import { fieldsOf, needText, textIn } from "../common/fields.ts";
import { type Meter, metadataIn } from "./meter.ts";
import { listMeters, meterNamed } from "./meter-store.ts";

const MAX_KEY = 64;
const MAX_NAME = 200;
const MAX_FEATURES = 1_000;
const KEY = /^[\w-]+$/;

export type Feature = {
  id: string;
  key: string;
  name: string;
  meterSlug?: string;
  metadata?: unknown;
  createdAt: string;
  updatedAt: string;
};

function ofMeter({ id, slug, name, createdMs, updatedMs }: Meter): Feature {
  const times = { createdAt: timeText(createdMs), updatedAt: timeText(updatedMs) };
  return { id, key: slug, name, meterSlug: slug, ...times };
}

type Body = { name?: string; meterSlug?: string; metadata?: unknown };

function ofEntry(entry: {
  id: string;
  name: string;
  body: Body;
  createdMs: number;
  updatedMs: number;
}): Feature {
  const { id, name: key, body, createdMs, updatedMs } = entry;
  const { name = key, meterSlug, metadata } = body;
  return {
    id,
    key,
    name,
    ...(meterSlug === undefined ? {} : { meterSlug }),
    ...(metadata === undefined ? {} : { metadata }),
    createdAt: timeText(createdMs),
    updatedAt: timeText(updatedMs),
  };
}

/** The aliases by key, then the meters that no alias has the key of. */
export async function listFeatures(env: Env, actor: Actor): Promise<Feature[]> {
  const first = { after: "", limit: MAX_FEATURES };
  const [entries, meters] = await Promise.all([
    listEntries(env.DB, actor.tenantId, "feature", first),
    listMeters(env, actor),
  ]);
  const aliases = entries.map(ofEntry);
  const keys = new Set(aliases.map(({ key }) => key));
  return [...aliases, ...meters.map(ofMeter).filter(({ key }) => !keys.has(key))];
}

/** A feature by its key or id: an alias, else a meter. Errors: 404. */
export async function featureNamed(env: Env, actor: Actor, name: string): Promise<Feature> {
  const entry = await readEntry(env.DB, actor.tenantId, "feature", name);
  if (entry) return ofEntry(entry);
  try {
    return ofMeter(await meterNamed(env, actor, name));
  } catch (error) {
    throw error instanceof Problem && error.status === 404 ? notFound(`feature ${name}`) : error;
  }
}

/** Adds an alias. Errors: 409 for a key that a feature has, 422. */
export async function createFeature(env: Env, actor: Actor, body: unknown): Promise<Feature> {
  const fields = fieldsOf(body);
  const key = needText(fields, "key", MAX_KEY);
  if (!KEY.test(key)) throw invalidField("/key", "has letters, digits, - and _ alone");
  const name = needText(fields, "name", MAX_NAME);
  const meterSlug = textIn(fields, "meterSlug", MAX_KEY);
  for (const filters of ["meterGroupByFilters", "advancedMeterGroupByFilters"]) {
    const given = fields[filters];
    if (given === undefined || given === null || Object.keys(given).length === 0) continue;
    throw invalidField(`/${filters}`, "is not here: make a meter of these events alone");
  }
  if (meterSlug !== null) await meterNamed(env, actor, meterSlug);
  if (await readEntry(env.DB, actor.tenantId, "feature", key)) throw isThere(key);
  const metadata = metadataIn(fields);
  const { tenantId: tenant, realMs } = actor;
  const entry = {
    id: makeId("ftr", realMs),
    tenant,
    kind: "feature" as const,
    name: key,
    customerId: null,
    body: { name, ...(meterSlug === null ? {} : { meterSlug }), ...(metadata ? { metadata } : {}) },
    createdMs: realMs,
    updatedMs: realMs,
  };
  await commit(env.DB, [
    putEntry(env.DB, entry),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(
      env.DB,
      actor,
      { action: "feature.create", target: entry.id, detail: { key } },
      realMs,
    ),
  ]);
  return ofEntry(entry);
}

function isThere(key: string): Problem {
  return new Problem("resource.conflict", `there is a feature ${key} already; delete that first`);
}

/** Takes an alias away. Errors: 404; 409 for the feature that a meter is. */
export async function deleteFeature(env: Env, actor: Actor, name: string): Promise<void> {
  const entry = await readEntry(env.DB, actor.tenantId, "feature", name);
  if (!entry) {
    const { key } = await featureNamed(env, actor, name);
    throw new Problem("resource.conflict", `the feature ${key} is a meter; delete the meter`);
  }
  await commit(env.DB, [
    dropEntries(env.DB, actor.tenantId, "feature", [entry.name]),
    auditRow(env.DB, actor, { action: "feature.delete", target: entry.id }, actor.realMs),
  ]);
}
