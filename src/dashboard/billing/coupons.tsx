/** /dashboard/billing/coupons: the codes that lower documents (operator). */
import { Hono } from "hono";
import { couponRoutes } from "../../billing/credit/coupon-routes.ts";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { amountText, dayText, startOfDay } from "./display.ts";
import { BillingTabs } from "./tabs.tsx";

export const couponPages = new Hono<PageEnv>();

const PATH = "/billing/coupons";
const FIELDS: readonly Field[] = [
  { pointer: "/code", label: "Code", kind: "line", required: true, placeholder: "WELCOME20" },
  { pointer: "/name", label: "Name on invoices", kind: "line", required: true },
  { pointer: "/percent", label: "Percent off", kind: "factor" },
  { pointer: "/amount", label: "or amount off", kind: "decimal" },
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: currencyOptions({ value: "", label: "–" }),
  },
  { pointer: "/periods", label: "Number of invoices", kind: "integer", hint: "empty: all" },
  { pointer: "/starts_at", label: "Redeemable from", kind: "day" },
  { pointer: "/ends_at", label: "Redeemable until", kind: "day" },
  {
    pointer: "/max_redemptions",
    label: "Maximum redemptions",
    kind: "integer",
    hint: "empty: no limit",
  },
];

couponPages.get(PATH, (c) => {
  allowed(c, "operator.read");
  return couponsPage(c, {});
});

couponPages.post(PATH, async (c) => {
  allowed(c, "operator.plans");
  const values = bodyOf(FIELDS, await readForm(c));
  const { starts_at, ends_at } = values;
  const body: Body = { ...values, starts_at: startOfDay(starts_at), ends_at: startOfDay(ends_at) };
  try {
    await runOperation(c, couponRoutes, { method: "POST", path: apiPath(["coupons"]), body });
    return seeOther(c, PATH, "created");
  } catch (error) {
    return couponsPage(c, { values, refused: refusalOf(error) });
  }
});

async function couponsPage(c: PageContext, { values, refused }: FormState) {
  const { cursor = "" } = c.req.query();
  const path = apiPath(["coupons"], { cursor });
  const { data, next_cursor } = await runOperation(c, couponRoutes, { path });
  const rows = data as Body[];
  return page(
    c,
    { title: "Coupons", section: "billing", status: refused ? 422 : 200 },
    <>
      <BillingTabs current={PATH} actor={c.var.actor} />
      {rows.length > 0 ? (
        <Coupons rows={rows} format={c.var.format} />
      ) : (
        <EmptyState title="No coupons yet">
          <p>Create one below, then redeem its code on a subscription's page.</p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor as string | null}
      />
      <Permitted
        role={c.var.actor.role}
        needs="operator.plans"
        label="Create a coupon"
        act="create coupons"
      >
        <details class="card" open={refused !== undefined || rows.length === 0}>
          <summary>Create a coupon</summary>
          <Refusal refused={refused} fields={FIELDS.map(({ pointer }) => pointer)} />
          <Form action={`/dashboard${PATH}`} token={c.var.session.formToken} class="stacked full">
            <div class="columns">
              <Fields fields={FIELDS} body={values ?? {}} refused={refused} />
            </div>
            <button type="submit" class="primary">
              Create coupon
            </button>
          </Form>
        </details>
      </Permitted>
    </>,
  );
}

function Coupons({ rows, format }: { rows: readonly Body[]; format: Format }) {
  return (
    <DataTable
      caption="Coupons"
      columns={[
        { head: "Code" },
        { head: "Name", wide: true },
        { head: "Discount", figure: true },
        { head: "Invoices", figure: true },
        { head: "From" },
        { head: "To" },
        { head: "Max. redemptions", figure: true },
      ]}
      rows={rows.map((row) => ({
        cells: [
          <CopyText text={String(row.code)} />,
          String(row.name),
          row.percent === null
            ? amountText(row.amount, row.currency, format)
            : `${format.decimal(String(row.percent))} %`,
          row.periods === null ? "all" : String(row.periods),
          dayText(row.starts_at, format) || "any time",
          dayText(row.ends_at, format) || "any time",
          row.max_redemptions === null ? "no limit" : String(row.max_redemptions),
        ],
      }))}
    />
  );
}
