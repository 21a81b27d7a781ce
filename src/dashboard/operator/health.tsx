/** /dashboard/health: how far each stage is behind, and what is stuck, to run it again. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { accountsNamed, actAs } from "../../accounts/guard/acting.ts";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { Problem } from "../../core/errors.ts";
import { deliveryRoutes } from "../../delivery/routes.ts";
import { type ListedLetter, listDeadLetters } from "../../watch/dead-letter.ts";
import { firstOf, type Sign, type SignId, signsOf, type Waiting } from "../../watch/health.ts";
import { SHOWN } from "../../watch/health-routes.ts";
import { type Seen, seeStages } from "../../watch/stages.ts";
import { stuckRoutes } from "../../watch/stuck-routes.ts";
import { Badge } from "../component/badge.tsx";
import { type Column, DataTable } from "../component/data-table.tsx";
import { ActionButton } from "../component/form.tsx";
import type { Format } from "../form/format.ts";
import { countText, HealthSigns, SIGN_WORDS } from "../overview/health.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { letterColumns, letterRow } from "./dead-letters.tsx";
import { StagePicture, waitText } from "./stages.tsx";

export const healthPages = new Hono<PageEnv>();

/** Meters and dead letters that the page shows; the others have their list. */
const FEW = 20;

healthPages.get("/health", async (c) => {
  const { realMs } = allowed(c, "operator.tenants");
  const [signs, first, seen, letters] = await Promise.all([
    signsOf(c.env.DB, realMs),
    firstOf(c.env.DB, realMs, SHOWN),
    seeStages(c.env, realMs),
    listDeadLetters(c.env.DB, { after: null, limit: FEW }),
  ]);
  const tenants = [
    ...Object.values(first).flatMap((rows) => rows.map(({ tenant }) => tenant)),
    ...seen.meters.slice(0, FEW).map(({ tenant }) => tenant),
    ...letters.flatMap(({ tenant }) => tenant ?? []),
  ];
  const names = await tenantNames(c.env.DB, [...new Set(tenants)]);
  const shown = { names, format: c.var.format, token: c.var.session.formToken };
  return page(
    c,
    { title: "Health", section: "health" },
    <>
      <h1>Health</h1>
      <p class="lead">
        How far each stage is behind, and what waits, is late or fails, over all tenants. Each of it
        is tried again by itself; what fails for long needs whoever owns it.{" "}
        <a href="/docs/guides/operations">What each alarm means</a>
      </p>
      <HealthSigns signs={signs} seen={seen} format={shown.format} title="Now" />
      <StagePicture stages={seen.stages} format={shown.format} />
      <Meters seen={seen} realMs={realMs} shown={shown} />
      <Letters letters={letters} shown={shown} />
      {signs.map((sign) => (
        <SignRows sign={sign} rows={first[sign.id]} shown={shown} />
      ))}
    </>,
  );
});

type Shown = { names: ReadonlyMap<string, string>; format: Format; token: string };

function TenantLink({ tenant, names }: { tenant: string; names: Shown["names"] }) {
  return <a href={`/dashboard/tenants/${tenant}`}>{names.get(tenant) ?? tenant}</a>;
}

/** Tenants whose meter cannot put what it counted into the ledger. */
function Meters({ seen, realMs, shown }: { seen: Seen; realMs: number; shown: Shown }) {
  const { names, format, token } = shown;
  const meters = seen.meters.slice(0, FEW);
  if (meters.length === 0) return null;
  const name = "Usage that is not in the ledger yet";
  return (
    <section id="meters" aria-label={name}>
      <div class="head">
        <h2>
          {name} <Badge state="failed" />
        </h2>
        <span class="muted">
          {seen.moreMeters || seen.meters.length > meters.length
            ? `the first ${meters.length} of ${format.count(seen.meters.length)}`
            : "it is counted and kept by the tenant's meter meanwhile"}
        </span>
      </div>
      <DataTable
        caption={name}
        columns={METER_COLUMNS}
        rows={meters.map(({ tenant, sinceMs, events, halted, reason }) => ({
          cells: [
            <TenantLink tenant={tenant} names={names} />,
            <Badge state={halted ? "halted" : "behind"} />,
            waitText(Math.max(0, realMs - sinceMs), format),
            format.count(events),
            reason,
            <ActionButton
              action={`/dashboard/health/meters/${tenant}/drain`}
              token={token}
              label="Try now"
            />,
          ],
        }))}
      />
    </section>
  );
}

function Letters({ letters, shown }: { letters: readonly ListedLetter[]; shown: Shown }) {
  if (letters.length === 0) return null;
  return (
    <section id="dead_letters" aria-label="Dead letters">
      <div class="head">
        <h2>
          Dead letters <Badge state="failed" />
        </h2>
        <span class="muted">messages that a queue gave up</span>
        <a href="/dashboard/dead-letters">All of them</a>
      </div>
      <DataTable
        caption="Dead letters"
        columns={letterColumns}
        rows={letters.map((letter) => letterRow(letter, shown))}
      />
    </section>
  );
}

type SignProps = { sign: Sign; rows: readonly Waiting[]; shown: Shown };

/** The first rows behind a sign, with what can be done about each. */
function SignRows({ sign: { id, backlog, bad }, rows, shown }: SignProps) {
  if (rows.length === 0) return null;
  const { names, format, token } = shown;
  const { name, note } = SIGN_WORDS[id];
  const again = AGAIN[id];
  return (
    <section id={id} aria-label={name}>
      <div class="head">
        <h2>
          {name} <Badge state={bad ? "failed" : "pending"} />
        </h2>
        <span class="muted">
          {rows.length < backlog.count
            ? `the first ${rows.length} of ${countText(backlog, format)}`
            : note}
        </span>
        {id === "work_failing" && <a href="/dashboard/work">All of it, with its next attempt</a>}
      </div>
      <DataTable
        caption={name}
        columns={again ? [...COLUMNS, { head: "Act" }] : COLUMNS}
        rows={rows.map((row) => ({
          cells: [
            <TenantLink tenant={row.tenant} names={names} />,
            row.what,
            row.atMs === null ? "" : format.time(row.atMs),
            row.why,
            ...(again ? [actOf(again, row, token)] : []),
          ],
        }))}
      />
    </section>
  );
}

function actOf({ label, action }: Again, row: Waiting, token: string) {
  return row.id ? <ActionButton action={action(row)} token={token} label={label} /> : "";
}

const COLUMNS: readonly Column[] = [
  { head: "Tenant", wide: true },
  { head: "What" },
  { head: "Since", short: true },
  { head: "Why", wide: true },
];

const METER_COLUMNS: readonly Column[] = [
  { head: "Tenant", wide: true },
  { head: "State" },
  { head: "Waits for" },
  { head: "Events", figure: true },
  { head: "Why", wide: true },
  { head: "Act" },
];

type Again = { label: string; action: (row: Waiting) => string };

/** What can be asked for of a row, by its sign. */
const AGAIN: Readonly<Partial<Record<SignId, Again>>> = {
  work_failing: {
    label: "Run now",
    action: ({ id = "" }) => `/dashboard/health/work/${encodeURIComponent(id)}/run`,
  },
  work_late: {
    label: "Run now",
    action: ({ id = "" }) => `/dashboard/health/work/${encodeURIComponent(id)}/run`,
  },
  deliveries_failed: {
    label: "Send again",
    action: ({ tenant, id }) => `/dashboard/health/deliveries/${tenant}/${id}/send`,
  },
  emails_failed: {
    label: "Send again",
    action: ({ tenant, id }) => `/dashboard/health/emails/${tenant}/${id}/send`,
  },
};

healthPages.post("/health/work/:id/run", async (c) => {
  allowed(c, "operator.tenants");
  await readForm(c);
  const path = apiPath(["failing-work", c.req.param("id"), "run"]);
  await runOperation(c, stuckRoutes, { method: "POST", path });
  return seeOther(c, "/health", "again");
});

healthPages.post("/health/meters/:tenant/drain", async (c) => {
  allowed(c, "operator.tenants");
  await readForm(c);
  const path = apiPath(["tenants", c.req.param("tenant"), "drain"]);
  const { reason } = await runOperation(c, stuckRoutes, { method: "POST", path });
  return seeOther(c, "/health", reason === null ? "drained" : "not_drained");
});

healthPages.post("/health/deliveries/:tenant/:id/send", async (c) => {
  await sendAgain(c, ["webhooks", "deliveries", c.req.param("id"), "retry"]);
  return seeOther(c, "/health", "again");
});

healthPages.post("/health/emails/:tenant/:id/send", async (c) => {
  await sendAgain(c, ["emails", c.req.param("id"), "resend"]);
  return seeOther(c, "/health", "again");
});

/** Runs an operation of a tenant's as a key of the operator does that names the tenant. */
async function sendAgain(c: PageContext, parts: readonly string[]): Promise<void> {
  const actor = allowed(c, "operator.tenants");
  await readForm(c);
  const as = await actorFor(c, actor, c.req.param("tenant") ?? "");
  await runOperation(c, deliveryRoutes, { method: "POST", path: apiPath(parts), as });
}

async function actorFor(c: PageContext, actor: Actor, tenant: string): Promise<Actor> {
  if (tenant === actor.tenantId) return actor;
  const found = await accountsNamed(c.env.DB, [tenant], actor.realMs);
  const acting = actAs(actor, found.get(tenant));
  if (acting instanceof Problem) throw acting;
  return acting;
}
