/** The installation's secret is changed while everything goes on. */
import { applyD1Migrations } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import type { Actor } from "../../src/accounts/actor/actor.ts";
import { insertTenant } from "../../src/accounts/store/tenant-store.ts";
import { connectProvider, contextOf, hooksOf } from "../../src/billing/provider/hook.ts";
import { MINUTE_MS } from "../../src/core/time.ts";
import { letterOf } from "../../src/delivery/email/sealed-letter.ts";
import { emailRow, queueStatements } from "../../src/delivery/email/send.ts";
import { readEmail } from "../../src/delivery/email/store.ts";
import { signingKey } from "../../src/documents/link/link-store.ts";
import { makeTicket, openTicket } from "../../src/metering/live/live-ticket.ts";
import { makeId, seal } from "../../src/platform/runtime/crypto.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { opened } from "../../src/platform/runtime/secret.ts";
import { resealOf, resealOn, SEALED_PARTS } from "../../src/watch/reseal.ts";

const DB = bindings.SEALED_DB;
const OLD = "the secret before, of forty characters ....";
const NEW = "the secret that is set now, as many chars .";
const LOST = "one that nobody has any more, also long ....";
const withSecrets = (DELIVERY_SECRET: string, DELIVERY_SECRET_PREVIOUS?: string) =>
  ({ ...bindings, DB, DELIVERY_SECRET, DELIVERY_SECRET_PREVIOUS }) as unknown as Env;

const before = withSecrets(OLD);
const during = withSecrets(NEW, OLD);
const after = withSecrets(NEW);

const nowMs = Date.now();
const tenantId = makeId("ten", nowMs);
const actor = { tenantId, keyId: "key_1", userId: null, realMs: nowMs, nowMs } as unknown as Actor;
const endpoint = "ep_1";
const mails = Array.from({ length: 90 }, (_, i) => makeId("eml", nowMs + i));
let linkKey = "";

const insertSecret = async (id: string, secret: string, under: string) =>
  DB.prepare("INSERT INTO webhook_secrets (id, endpoint, sealed, created_ms) VALUES (?, ?, ?, 1)")
    .bind(id, endpoint, await seal(under, endpoint, secret))
    .run();

async function mail(env: Env, id: string): Promise<void> {
  const row = emailRow({
    id,
    tenant: tenantId,
    scope: "",
    letter: "notice",
    fromName: "A",
    replyTo: null,
    recipients: ["buyer@example.com"],
    cc: [],
    subject: "S",
    html: `<p>${id}</p>`,
    plain: "",
    attachments: [],
    createdMs: nowMs,
  });
  await DB.batch(await queueStatements(env, row));
}

beforeAll(async () => {
  await applyD1Migrations(DB, bindings.TEST_MIGRATIONS);
  const row = { id: tenantId, name: "A", mode: "live" as const, operator: false };
  const more = { testClockMs: null, eventsPerMinute: null, createdMs: nowMs };
  await insertTenant(DB, { ...row, ...more }).run();
  await DB.prepare(
    `INSERT INTO webhook_endpoints (id, tenant, url, events, created_ms, host)
     VALUES (?, ?, 'https://h.example.invalid', '[]', 1, 'h.example.invalid')`,
  )
    .bind(endpoint, tenantId)
    .run();
  linkKey = await signingKey(before);
  await insertSecret("s1", "whsec_one", OLD);
  await connectProvider(before, actor, "stripe", "whsec_provider");
  for (const id of mails) await mail(before, id);
});

/** Everything that is sealed, as an installation with these secrets reads it. */
async function readAll(env: Env) {
  const secrets = await DB.prepare("SELECT sealed FROM webhook_secrets WHERE id = 's1'").first<{
    sealed: string;
  }>();
  const [hook] = await hooksOf(DB, tenantId);
  if (!secrets || !hook) throw new Error("nothing is sealed");
  const letters = await Promise.all(
    mails.map(async (id) => {
      const row = await readEmail(DB, id);
      return row && (await letterOf(env, row)).html;
    }),
  );
  return {
    link: await signingKey(env),
    webhook: await opened(env, endpoint, secrets.sealed),
    provider: await opened(env, contextOf(hook), hook.sealed),
    letters,
  };
}

it("reads with either secret, seals anew, and then needs the one before no more", async () => {
  const all = {
    link: linkKey,
    webhook: "whsec_one",
    provider: "whsec_provider",
    letters: mails.map((id) => `<p>${id}</p>`),
  };
  const { ticket } = await makeTicket(before, { ...actor, confinement: null });
  expect(await openTicket(during, ticket, nowMs)).toBe(tenantId);
  expect(await readAll(during)).toEqual(all);
  await expect(readAll(after)).rejects.toThrow("DELIVERY_SECRET_PREVIOUS");
  expect(await resealOf(after)).toBeNull();
  expect(await resealOf(during)).toBe("begins");

  await insertSecret("s2", "whsec_two", NEW);
  await insertSecret("s3", "whsec_three", LOST);
  await resealOn(during, nowMs);
  // Instances with the secret before alone may still seal under it.
  await resealOn(during, nowMs + 9 * MINUTE_MS);
  expect(await resealOf(during)).toMatchObject({ resealed: 0, doneMs: null });
  const last = makeId("eml", nowMs + 1_000);
  await mail(before, last);
  for (let minute = 10; minute < 13; minute++) await resealOn(during, nowMs + minute * MINUTE_MS);
  const done = await resealOf(during);
  expect(done).toMatchObject({ resealed: 3 + mails.length + 1, unreadable: 1 });
  expect((done as { doneMs: number }).doneMs).toBeGreaterThan(nowMs);
  expect(await readAll(after)).toEqual(all);
  await expect(readAll(before)).rejects.toThrow("DELIVERY_SECRET_PREVIOUS");
});

it("leaves what was changed while it was read as it was changed", async () => {
  const part = SEALED_PARTS.find(({ name }) => name === "webhook endpoints");
  const [row] = (await part?.read(DB, "", 1)) ?? [];
  if (!part || !row) throw new Error("nothing is sealed");
  const changed = await seal(NEW, endpoint, "whsec_changed");
  const change = "UPDATE webhook_secrets SET sealed = ? WHERE id = ?";
  await DB.prepare(change).bind(changed, row.id).run();
  const { meta } = await part.write(DB, row, ["too late"]).run();
  expect(meta.changes).toBe(0);
});
