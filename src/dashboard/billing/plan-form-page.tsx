/** /dashboard/billing/plans/new and …/edit: a plan, or its next version (operator). */
import { Hono } from "hono";
import { versionRoutes } from "../../billing/lifecycle/version-routes.ts";
import { planRoutes } from "../../billing/plan/plan-routes.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Question } from "../component/question.tsx";
import { fieldsAt, Rows } from "../component/rows.tsx";
import { type Body, bodyOf, type Field, valueAt } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  CODE_FIELD,
  NAME_FIELDS,
  ONCE_FIELDS,
  PRICE_FIELDS,
  PRICE_MORE,
  TIER_FIELDS,
  VERSION_FIELDS,
  VERSION_MORE,
  versionOf,
} from "./plan-form.ts";
import { subscribersText } from "./subscribers.ts";

export const planForms = new Hono<PageEnv>();

const PATH = "/billing/plans";
const SPARE_PRICES = 2;
const NEW_FIELDS: readonly Field[] = [
  CODE_FIELD,
  ...NAME_FIELDS,
  ...VERSION_FIELDS,
  ...ONCE_FIELDS,
];

planForms.get(`${PATH}/new`, (c) => {
  allowed(c, "operator.plans");
  return formPage(c, { code: null, values: { currency: "USD" } });
});

planForms.post(PATH, async (c) => {
  allowed(c, "operator.plans");
  const sent = await readForm(c);
  const values = { ...bodyOf([...NAME_FIELDS, CODE_FIELD], sent), ...versionOf(sent, ONCE_FIELDS) };
  try {
    const { code } = await runOperation(c, planRoutes, {
      method: "POST",
      path: apiPath(["plans"]),
      body: values,
    });
    return seeOther(c, `${PATH}/${code}`, "created");
  } catch (error) {
    return formPage(c, { code: null, values, refused: refusalOf(error) });
  }
});

planForms.get(`${PATH}/:plan/edit`, async (c) => {
  allowed(c, "operator.plans");
  const code = c.req.param("plan");
  const plan = await runOperation(c, planRoutes, { path: apiPath(["plans", code]) });
  return formPage(c, { code, values: plan.version as Body });
});

planForms.post(`${PATH}/:plan/edit`, async (c) => {
  allowed(c, "operator.plans");
  const code = c.req.param("plan");
  const sent = await readForm(c);
  const plan = await runOperation(c, planRoutes, { path: apiPath(["plans", code]) });
  const values = { currency: valueAt(plan, "/version/currency"), ...versionOf(sent, []) };
  try {
    const asked = await ask(c, sent, () => versionQuestion(c, plan));
    if (asked) return asked;
    const path = apiPath(["plans", code, "versions"]);
    await runOperation(c, versionRoutes, { method: "POST", path, body: values });
    return seeOther(c, `${PATH}/${code}`, "rolled");
  } catch (error) {
    return formPage(c, { code, values, refused: refusalOf(error) });
  }
});

async function versionQuestion(c: PageContext, plan: Body): Promise<Question> {
  const running = await subscribersText(c, String(plan.id));
  return {
    title: `Create a new version of ${plan.name}?`,
    consequences: [
      `Moves ${running} to the new prices and limits, each at the start of its next period.`,
      "New subscriptions get them at once.",
    ],
    act: "Create version",
    undo: "A version cannot be changed, but you can create another.",
    harmless: true,
  };
}

type PlanForm = { code: string | null; values: Body; refused?: Refused | null };

function formPage(c: PageContext, { code, values, refused = null }: PlanForm) {
  const title = code === null ? "New plan" : `Change ${code}`;
  const first = code === null ? NEW_FIELDS : VERSION_FIELDS;
  const known = [...first, ...VERSION_MORE].map(({ pointer }) => pointer);
  return page(
    c,
    { title, section: "billing", status: refused ? 422 : 200 },
    <>
      <h1>{title}</h1>
      {code !== null && (
        <p class="lead">
          The new version holds for every subscription from its next period on; what was closed
          stays as it is.
        </p>
      )}
      <Refusal refused={refused} fields={[...known, "/prices"]} />
      <Form
        action={code === null ? `/dashboard${PATH}` : `/dashboard${PATH}/${code}/edit`}
        token={c.var.session.formToken}
        class="rows"
        asks={code !== null}
      >
        <div class="columns">
          <Fields fields={first} body={values} refused={refused} />
        </div>
        <details class="more" open={isWrong(refused, VERSION_MORE)}>
          <summary>Other cycles, minimum, billing in advance and more</summary>
          <div class="columns">
            <Fields fields={VERSION_MORE} body={values} refused={refused} />
          </div>
        </details>
        <h2>Prices and limits</h2>
        <Prices values={values} refused={refused} />
        <div class="actions">
          <button type="submit" class="primary">
            {code === null ? "Create plan" : "Create new version"}
          </button>
        </div>
      </Form>
    </>,
  );
}

function isWrong(refused: Refused | null, fields: readonly Field[]): boolean {
  return (
    refused?.errors.some((error) => fields.some(({ pointer }) => pointer === error.pointer)) ??
    false
  );
}

function Prices({ values, refused }: { values: Body; refused: Refused | null }) {
  return (
    <Rows
      base="/prices"
      legend="Price"
      fields={PRICE_FIELDS}
      body={values}
      refused={refused}
      spare={SPARE_PRICES}
      class="lines three"
      below={(at) => (
        <details class="more" open={refused?.errors.some((error) => error.pointer.startsWith(at))}>
          <summary>
            Pricing model, alerts and hard limit
            <span class="muted" data-set>
              {String(valueAt(values, `${at}/model`) ?? "")}
            </span>
          </summary>
          <div class="columns">
            <Fields fields={fieldsAt(PRICE_MORE, at)} body={values} refused={refused} />
          </div>
          <Rows
            base={`${at}/tiers`}
            legend="Tier"
            fields={TIER_FIELDS}
            body={values}
            refused={refused}
            spare={1}
            class="part"
          />
        </details>
      )}
    />
  );
}
