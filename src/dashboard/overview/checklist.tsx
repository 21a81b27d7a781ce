/** What is still to do until the first invoice is sent; each step ticks itself from what exists. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { keptUses } from "../../accounts/store/budget-store.ts";
import { hasMailed } from "../../delivery/email/store.ts";
import { listEndpoints } from "../../delivery/webhook/store.ts";
import { readBranding, readIssuer } from "../../documents/party/party-store.ts";
import { firstInvoice } from "../../documents/store/figures.ts";
import type { Env } from "../../platform/runtime/env.ts";

export type Step = { done: boolean; title: string; why: string; path: string; label: string };

/** The steps of whoever writes documents; null once an invoice was sent or paid. */
export async function stepsOf(env: Env, actor: Actor): Promise<Step[] | null> {
  if (!may(actor.role, "documents.write")) return null;
  const { tenantId } = actor;
  const scope = actor.mode === "test" ? tenantId : "";
  const [{ issued, paid }, mailed] = await Promise.all([
    firstInvoice(env.DB, { issuer: tenantId, scope }),
    hasMailed(env.DB, tenantId, "invoice"),
  ]);
  if (issued && (paid || mailed)) return null;
  const [issuer, branding, endpoints, use] = await Promise.all([
    readIssuer(env.DB, tenantId, actor.tenantName),
    readBranding(env.DB, tenantId),
    listEndpoints(env.DB, tenantId),
    keptUses(env.DB, actor, ["customers", "api_keys"]),
  ]);
  const { address } = issuer.party;
  return [
    {
      done: address.country !== null && (address.lines.length > 0 || address.city !== null),
      title: "Say who you are",
      why: "Your name, address and tax number stand on each invoice.",
      path: "/settings/profile",
      label: "Fill in the profile",
    },
    {
      done: branding.logoKey !== null,
      title: "Add your logo",
      why: "It heads your documents and e-mails.",
      path: "/settings/branding",
      label: "Upload a logo",
    },
    {
      done: use.customers > 0,
      title: "Add your first customer",
      why: "Whom the invoice is for, and where it is sent.",
      path: "/customers/new",
      label: "Add a customer",
    },
    {
      done: use.api_keys > 1 || endpoints.length > 0,
      title: "Connect your software",
      why: "With an API key of its own, or a webhook that hears what happens.",
      path: "/settings/keys",
      label: "Create a key",
    },
    {
      done: issued,
      title: "Write your first invoice",
      why: "It gets its number when you finalize it; until then you can change it.",
      path: "/invoices/new",
      label: "New invoice",
    },
    {
      done: false,
      title: "Send it",
      why: "By e-mail with its PDF, from the invoice's own page.",
      path: "/invoices",
      label: "Open invoices",
    },
  ];
}

/** The steps with what is done of them; nothing once all that has to be is. */
export function Checklist({ steps }: { steps: readonly Step[] | null }) {
  if (steps === null) return null;
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done);
  return (
    <section class="card checklist" aria-labelledby="checklist-head">
      <div class="head">
        <h2 id="checklist-head">Get to your first invoice</h2>
        <span class="muted">
          {done} of {steps.length} done
        </span>
      </div>
      <ol>
        {steps.map((step) => (
          <li class={step.done ? "done" : step === next ? "next" : ""}>
            <svg viewBox="0 0 20 20" role="img" aria-label={step.done ? "Done" : "To do"}>
              <circle cx="10" cy="10" r="8.5" />
              {step.done && <path d="M6 10.4l2.7 2.7L14 7.6" />}
            </svg>
            <div>
              <strong>{step.title}</strong>
              <span class="muted">{step.why}</span>
            </div>
            {!step.done && (
              <a
                class={step === next ? "button primary" : "button"}
                href={`/dashboard${step.path}`}
              >
                {step.label}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
