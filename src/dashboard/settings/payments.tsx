/** /dashboard/settings/payments: the providers whose events mark invoices as paid. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { type Hook, hooksOf } from "../../billing/provider/hook.ts";
import { providerRoutes } from "../../billing/provider/provider-routes.ts";
import { PROVIDERS, type Provider, providerNamed } from "../../billing/provider/registry.ts";
import { unmatchedRoutes } from "../../billing/provider/unmatched-routes.ts";
import {
  listWaiting,
  readUnmatched,
  type Unmatched,
} from "../../billing/provider/unmatched-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { ActionButton, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Question } from "../component/question.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  originOf,
  type PageContext,
  type PageEnv,
  readForm,
  seeOther,
} from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const paymentPages = new Hono<PageEnv>();

const PATH = "/settings/payments";
const SECRET: Field = {
  pointer: "/secret",
  label: "Signing secret",
  kind: "secret",
  required: true,
  hint: "if the provider asks for the URL first, enter any eight letters, replace them later",
};

paymentPages.get(PATH, (c) => paymentsPage(c, allowed(c, "settings.write"), null));

const ASSIGN: readonly Field[] = [
  { pointer: "/invoice_id", label: "Invoice", kind: "line", required: true, hint: "its ID" },
  {
    pointer: "/amount",
    label: "Amount in the invoice's currency",
    kind: "decimal",
    hint: "only if the currencies differ",
  },
];

paymentPages.post(`${PATH}/unmatched/:id/:action{assign|dismiss}`, async (c) => {
  const actor = allowed(c, "documents.finalize");
  const { id, action } = c.req.param();
  const sent = await readForm(c);
  const body = action === "assign" ? bodyOf(ASSIGN, sent) : undefined;
  try {
    const asked = action === "dismiss" ? await ask(c, sent, () => dismissQuestion(c, id)) : null;
    if (asked) return asked;
    const path = apiPath(["unmatched-money", id, action]);
    await runOperation(c, unmatchedRoutes, { method: "POST", path, body });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    // An unknown row is no page to come back to.
    if (error instanceof Problem && error.status === 404) throw error;
    return paymentsPage(c, actor, { ...refusalOf(error), money: id, typed: body });
  }
});

async function dismissQuestion(c: PageContext, id: string): Promise<Question> {
  const { actor, format } = c.var;
  const row = await readUnmatched(c.env.DB, actor.tenantId, id);
  if (!row) throw notFound("unmatched payment");
  const amount = format.money(BigInt(row.amountMinor), row.currency);
  return {
    title: `Dismiss this payment of ${amount}?`,
    consequences: [
      `${providerNamed(row.provider).label} payment ${row.reference} is taken off this list. ` +
        "No invoice is paid by it, and no money moves.",
    ],
    act: "Dismiss payment",
  };
}

function disconnectQuestion(label: string): Question {
  return {
    title: `Disconnect ${label}?`,
    consequences: [
      `Events that ${label} sends are refused from now on, so its payments are no longer recorded.`,
      "Payments that are recorded already stay.",
    ],
    act: `Disconnect ${label}`,
    undo: "You can connect it again, with a new URL.",
  };
}

paymentPages.post(`${PATH}/:provider/:action{connect|disconnect}`, async (c) => {
  const actor = allowed(c, "settings.write");
  const sent = await readForm(c);
  const body = bodyOf([SECRET], sent);
  const provider = PROVIDERS.find((name) => name === c.req.param("provider"));
  if (!provider) throw notFound("payment provider");
  const path = apiPath(["payment-providers", provider]);
  if (c.req.param("action") === "disconnect") {
    const asked = await ask(c, sent, () => disconnectQuestion(providerNamed(provider).label));
    if (asked) return asked;
    await runOperation(c, providerRoutes, { method: "DELETE", path });
    return seeOther(c, PATH, "removed");
  }
  try {
    await runOperation(c, providerRoutes, { method: "PUT", path, body });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return paymentsPage(c, actor, { ...refusalOf(error), provider });
  }
});

async function paymentsPage(
  c: PageContext,
  actor: Actor,
  refusal: (Refused & { provider?: Provider; money?: string; typed?: Body | undefined }) | null,
) {
  const hooks = await hooksOf(c.env.DB, actor.tenantId);
  const slice = { before: null, limit: SHOWN };
  const waiting = await listWaiting(c.env.DB, actor.tenantId, slice);
  return page(
    c,
    { title: "Payments", section: "settings", status: refusal ? 422 : 200 },
    <>
      <Tabs current="payments" role={actor.role} />
      <p class="lead">
        A provider's signed events book what customers pay online; your{" "}
        <a href="/dashboard/settings/profile">profile</a> says where they pay.
      </p>
      {PROVIDERS.map((provider) => (
        <ProviderCard
          c={c}
          provider={provider}
          hook={hooks.find((hook) => hook.provider === provider) ?? null}
          refused={refusal?.provider === provider ? refusal : null}
        />
      ))}
      {waiting.length > 0 && <Waiting c={c} rows={waiting} refusal={refusal} />}
    </>,
  );
}

/** Rows that the page shows; the next ones follow as these are settled. */
const SHOWN = 50;

const REASONS: Readonly<Record<Unmatched["reason"], string>> = {
  unknown_invoice: "names no invoice of yours",
  another_currency: "came in another currency than its invoice",
  another_amount: "came before with another amount",
  not_taken: "its invoice takes no such payment",
  failed: "failed",
  unclear_status: "does not say whether the refund was made; ask the provider before you assign it",
};

type WaitingProps = {
  c: PageContext;
  rows: readonly Unmatched[];
  refusal: (Refused & { money?: string; typed?: Body | undefined }) | null;
};

function Waiting({ c, rows, refusal }: WaitingProps) {
  const { format, session } = c.var;
  return (
    <section aria-label="Unmatched payments">
      <h2>Unmatched payments</h2>
      <p class="muted">Assign it to an invoice, or dismiss what you have settled otherwise.</p>
      {rows.map((row) => {
        const refused = refusal?.money === row.id ? refusal : null;
        const path = `/dashboard${PATH}/unmatched/${row.id}`;
        return (
          <section class="card narrow" aria-label={row.reference}>
            <h3>
              {format.money(BigInt(row.amountMinor), row.currency)} ·{" "}
              <CopyText text={row.reference} />
            </h3>
            <p>
              {providerNamed(row.provider).label}, {format.day(row.receivedMs)}:{" "}
              {REASONS[row.reason]}
              {row.namedInvoice && (
                <>
                  {" "}
                  (<CopyText text={row.namedInvoice} />)
                </>
              )}
            </p>
            <Refusal refused={refused} fields={ASSIGN.map(({ pointer }) => pointer)} />
            <Form action={`${path}/assign`} token={session.formToken} class="stacked">
              <Fields fields={ASSIGN} body={refused?.typed ?? {}} refused={refused} />
              <button type="submit">Assign</button>
            </Form>
            <ActionButton
              action={`${path}/dismiss`}
              token={session.formToken}
              label="Dismiss"
              asks
            />
          </section>
        );
      })}
    </section>
  );
}

type CardProps = { c: PageContext; provider: Provider; hook: Hook | null; refused: Refused | null };

function ProviderCard({ c, provider, hook, refused }: CardProps) {
  const { label } = providerNamed(provider);
  const token = c.var.session.formToken;
  const path = `/dashboard${PATH}/${provider}`;
  const origin = originOf(c);
  return (
    <section class="card narrow" aria-label={label}>
      <h2>
        {label} <Badge state={hook ? "connected" : "not connected"} />
      </h2>
      {hook && (
        <>
          <p>Let it send its events to this address:</p>
          <Copyable text={`${origin}/hooks/${provider}/${hook.id}`} />
        </>
      )}
      <Refusal refused={refused} fields={[SECRET.pointer]} />
      <Form action={`${path}/connect`} token={token} class="stacked">
        <Fields
          fields={[
            hook ? { ...SECRET, hint: "enter a new one if the provider has issued one" } : SECRET,
          ]}
          body={{}}
          refused={refused}
        />
        <button type="submit" class={hook ? "" : "primary"}>
          {hook ? "Replace secret" : `Connect ${label}`}
        </button>
      </Form>
      {hook && (
        <ActionButton action={`${path}/disconnect`} token={token} label="Disconnect" danger asks />
      )}
    </section>
  );
}
