/** /dashboard/settings/audit: who changed what, and whether the log is what was written. */
import { Hono } from "hono";
import { listAudit } from "../../accounts/audit/audit.ts";
import { auditChainRoutes } from "../../accounts/audit/chain-routes.ts";
import { type AuditHead, readHead } from "../../accounts/audit/chain-store.ts";
import { userNames } from "../../accounts/store/user-store.ts";
import { ExportMenu } from "../component/bulk-bar.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Form } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { type Body, type Field, textOf } from "../form/form.ts";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";
import { By, Change, From } from "./audit-entry.tsx";
import { Tabs } from "./tabs.tsx";

export const auditPages = new Hono<PageEnv>();

const PATH = "/dashboard/settings/audit";
const FILTERS: readonly Field[] = [
  { pointer: "/action", label: "Action", kind: "line", placeholder: "key.created" },
  { pointer: "/target", label: "Target", kind: "line", placeholder: "an ID" },
];

auditPages.get("/settings/audit", (c) => auditPage(c, null));

auditPages.post("/settings/audit/verify", async (c) => {
  allowed(c, "audit.read");
  const sent = await readForm(c);
  const body = { after_seq: Number(textOf(sent, "/after_seq")) || 0 };
  const path = apiPath(["audit", "verify"]);
  return auditPage(c, await runOperation(c, auditChainRoutes, { method: "POST", path, body }));
});

auditPages.get("/settings/audit/verify", (c) => c.redirect(PATH, 303));

auditPages.get("/settings/audit/export", (c) => {
  allowed(c, "audit.read");
  const path = apiPath(["exports", "audit"], { format: c.req.query("format") ?? "" });
  return openOperation(c, auditChainRoutes, { path });
});

async function auditPage(c: PageContext, walked: Body | null) {
  const actor = allowed(c, "audit.read");
  const { action = "", target = "", cursor } = c.req.query();
  const [{ data, next_cursor }, head] = await Promise.all([
    listAudit(c.env.DB, actor.tenantId, {
      action: action.trim() || undefined,
      target: target.trim() || undefined,
      cursor,
    }),
    readHead(c.env.DB, actor.tenantId),
  ]);
  const users = data.map(({ userId }) => userId).filter((id) => id !== null);
  const people = await userNames(c.env.DB, actor.tenantId, users);
  return page(
    c,
    { title: "Audit log", section: "settings" },
    <>
      <Tabs current="audit" role={actor.role} />
      <Chain c={c} head={head} walked={walked} />
      <FilterForm fields={FILTERS} values={{ action, target }} submit="Filter" action={PATH} />
      <DataTable
        caption="Who changed what"
        columns={[
          { head: "Time", short: true },
          { head: "Action and target", wide: true },
          { head: "Change", wide: true },
          { head: "By" },
          { head: "From" },
        ]}
        rows={data.map((row) => ({
          cells: [
            c.var.format.time(row.atMs),
            <>
              {row.action}
              <div>
                <CopyText text={row.target} />
              </div>
            </>,
            <Change row={row} format={c.var.format} />,
            <By row={row} people={people} />,
            <From row={row} />,
          ],
        }))}
      />
      <Pager
        path={PATH}
        query={new URLSearchParams({ action, target, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor}
      />
    </>,
  );
}

type ChainProps = { c: PageContext; head: AuditHead | null; walked: Body | null };

/** How far the log is sealed and was found whole; what a walk found just now. */
function Chain({ c, head, walked }: ChainProps) {
  const { format, session } = c.var;
  const goesOn = walked?.done === false;
  const to = goesOn ? Number((walked.verified as Body).seq) : 0;
  return (
    <section class="card chain" aria-label="Integrity of the log">
      <div>
        <h2>Integrity</h2>
        <p>
          Each entry is sealed together with all before it, within a minute.{" "}
          {head === null ? "Nothing is logged yet." : stateOf(head, format)}{" "}
          <a href="/docs/guides/audit">How to check it yourself</a>
        </p>
      </div>
      <div class="actions">
        <Form action={`${PATH}/verify`} token={session.formToken} class="inline">
          {goesOn && <input type="hidden" name="/after_seq" value={String(to)} />}
          <button type="submit" class={goesOn ? "primary" : ""}>
            {goesOn ? "Go on" : "Verify now"}
          </button>
        </Form>
        <ExportMenu path={`${PATH}/export`} query={{}} total={head?.seq ?? null} />
      </div>
      {walked && <Found walked={walked} to={to} />}
    </section>
  );
}

function stateOf(head: AuditHead, format: PageContext["var"]["format"]): string {
  const { verifiedSeq, verifiedMs, sealedSeq } = head;
  if (sealedSeq === 0) return "The first entries are about to be sealed.";
  if (verifiedSeq === null || verifiedMs === null) {
    return `${sealedSeq} entries are sealed; they were never verified here.`;
  }
  const when = format.time(verifiedMs);
  return verifiedSeq >= sealedSeq
    ? `All ${sealedSeq} sealed entries were verified at ${when}.`
    : `Of ${sealedSeq} sealed entries, the first ${verifiedSeq} were verified at ${when}.`;
}

type Fault = { kind: string; seq: string; id: string | null; detail: string };

function Found({ walked, to }: { walked: Body; to: number }) {
  const faults = walked.faults as unknown as readonly Fault[];
  if (faults.length > 0) {
    return (
      <div class="notice bad" role="alert">
        <p>The log is not what was written:</p>
        <ul>
          {faults.map(({ kind, seq, id, detail }) => (
            <li>
              Entry {seq} is {KINDS[kind] ?? kind}: {detail} {id && <CopyText text={id} />}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div class="notice info" role="status">
      <p>
        {walked.done
          ? "Verified: every entry is what was written, and none is missing."
          : `Verified up to entry ${to}. Go on to verify the rest.`}
      </p>
    </div>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  changed: "changed",
  missing: "preceded by a gap",
  inserted: "inserted",
  order: "in another place",
};
