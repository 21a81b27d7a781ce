/** /dashboard/settings/profile: who issues the tenant's documents. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor.ts";
import { may } from "../../accounts/roles.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { issuerOf, putIssuer } from "../../documents/issuer.ts";
import { issuerSchema } from "../../documents/schema.ts";
import { showIssuer } from "../../documents/view.ts";
import type { Env } from "../../platform/env.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { type Body, bodyOf, type Field, setAt, valueAt } from "../form.ts";
import { page, refusalOf } from "../page.tsx";
import {
  ADDRESS_FIELDS,
  CONTACT_FIELDS,
  CURRENCY_OPTIONS,
  LANGUAGE_OPTIONS,
  TAX_ID_FIELDS,
} from "../party-fields.ts";
import { allowed, type PageContext, type PageEnv, parsed, readForm, seeOther } from "../request.ts";
import { Tabs } from "./tabs.tsx";

export const profileRoutes = new Hono<PageEnv>();

const GROUPS: readonly (readonly Field[])[] = [
  [
    { pointer: "/legal_name", label: "Legal name", kind: "line", required: true },
    ...CONTACT_FIELDS,
  ],
  ADDRESS_FIELDS,
  [
    ...TAX_ID_FIELDS,
    { pointer: "/time_zone", label: "Time zone", kind: "line", placeholder: "Europe/Berlin" },
    { pointer: "/currency", label: "Currency", kind: "choice", options: CURRENCY_OPTIONS },
    { pointer: "/language", label: "Language", kind: "choice", options: LANGUAGE_OPTIONS },
    { pointer: "/payment_terms_days", label: "Days to pay", kind: "integer" },
  ],
  [
    { pointer: "/bank/holder", label: "Account holder", kind: "line", clears: true },
    { pointer: "/bank/iban", label: "IBAN", kind: "line", clears: true },
    { pointer: "/bank/bic", label: "BIC", kind: "line", clears: true },
    { pointer: "/bank/name", label: "Bank", kind: "line", clears: true },
  ],
];
const FIELDS = GROUPS.flat();

profileRoutes.get("/settings/profile", async (c) => {
  const actor = allowed(c, "documents.read");
  return profilePage(c, actor, { shown: await storedProfile(c.env, actor), refused: null });
});

profileRoutes.post("/settings/profile", async (c) => {
  const actor = allowed(c, "settings.write");
  const sent = await readForm(c);
  const shown = await storedProfile(c.env, actor);
  // The profile is replaced as a whole: what the form has no field for stays as it is.
  const given = bodyOf(FIELDS, sent);
  for (const { pointer } of FIELDS) setAt(shown, pointer, valueAt(given, pointer));
  if (FIELDS.filter(isBank).every(({ pointer }) => valueAt(given, pointer) === null)) {
    const { holder: _, iban: __, bic: ___, name: ____, ...others } = (shown.bank ?? {}) as Body;
    shown.bank = hasText(others) ? shown.bank : null;
  }
  try {
    await putIssuer(c.env, actor, parsed(issuerSchema, shown));
    return seeOther(c, "/settings/profile", "saved");
  } catch (error) {
    return profilePage(c, actor, { shown, refused: refusalOf(error) });
  }
});

function isBank({ pointer }: Field): boolean {
  return pointer.startsWith("/bank/");
}

function hasText(bank: Body): boolean {
  return Object.values(bank).some((value) => (Array.isArray(value) ? value.length > 0 : !!value));
}

/** The profile as the API takes it; numbers that a schema wants as such are numbers. */
export async function storedProfile(env: Env, actor: Actor): Promise<Body> {
  const { payment_terms_days, reminder_days, ...shown } = showIssuer(await issuerOf(env, actor));
  const exact = parseJsonExactly(JSON.stringify(shown)) as Body;
  return { ...exact, payment_terms_days, reminder_days };
}

type Shown = { shown: Body; refused: Refused | null };

function profilePage(c: PageContext, actor: Actor, { shown, refused }: Shown) {
  return page(
    c,
    { title: "Profile", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="profile" role={actor.role} />
      <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
      <Form action="/dashboard/settings/profile" token={c.var.session.formToken} class="card">
        {GROUPS.map((fields) => (
          <div class="columns">
            <Fields fields={fields} body={shown} refused={refused} />
          </div>
        ))}
        {may(actor.role, "settings.write") && (
          <button type="submit" class="primary">
            Save
          </button>
        )}
      </Form>
    </>,
  );
}
