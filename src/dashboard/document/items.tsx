/** /dashboard/items: the catalogue of what is sold, and what lines are filled from. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { foldText } from "../../core/fold.ts";
import { itemOf } from "../../documents/item/item.ts";
import { showItem } from "../../documents/item/item-schema.ts";
import { listItems } from "../../documents/item/item-store.ts";
import type { ItemRow } from "../../documents/item/table.ts";
import { itemRoutes } from "../../documents/routes/item-routes.ts";
import { decodeCursor, encodeCursor } from "../../platform/http/http.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { ActionButton, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, clearEmpty, type Field } from "../form/form.ts";
import { PERCENT_FIELD, taxValues, withTax } from "../form/tax-fields.ts";
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

export const itemPages = new Hono<PageEnv>();

const PATH = "/items";
const AT_ONCE = 50;
/** Offered while a line is typed. */
const SUGGESTED = 12;

const SEARCH: Field = { pointer: "/q", label: "Search", kind: "line", placeholder: "name" };
const FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  { pointer: "/unit_price", label: "Price", kind: "decimal", required: true },
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: currencyOptions({ value: "", label: "Any: the document's" }),
    clears: true,
  },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "h", clears: true },
  {
    pointer: "/unit_code",
    label: "Unit code",
    kind: "line",
    placeholder: "C62",
    suggest: "units",
  },
  { ...PERCENT_FIELD, placeholder: "default", clears: true },
];
const TEXT_FIELDS: readonly Field[] = [
  { pointer: "/description", label: "Description", kind: "text", clears: true },
];
const ALL_FIELDS = [...FIELDS, ...TEXT_FIELDS];

itemPages.get(PATH, async (c) => {
  const actor = allowed(c, "documents.read");
  const { q = "", cursor } = c.req.query();
  const [search, id] = cursor ? decodeCursor(cursor, 2) : [];
  const text = q.trim().slice(0, 200);
  const rows = await listItems(c.env.DB, actor.tenantId, {
    beginning: text === "" ? null : foldText(text),
    after: id === undefined ? null : { search: String(search), id: String(id) },
    limit: AT_ONCE + 1,
  });
  const shown = rows.slice(0, AT_ONCE);
  const last = shown.at(-1);
  const next = last && rows.length > AT_ONCE ? encodeCursor([last.search, last.id]) : null;
  return page(
    c,
    { title: "Items", section: "items" },
    <>
      <div class="head">
        <h1>Items</h1>
        <Permitted role={actor.role} needs="documents.write" label="New item" act="add items">
          <a class="button primary" href={`/dashboard${PATH}/new`}>
            New item
          </a>
        </Permitted>
      </div>
      <FilterForm fields={[SEARCH]} values={{ q }} submit="Search" />
      {shown.length === 0 ? (
        <Nothing origin={originOf(c)} searched={text !== ""} />
      ) : (
        <DataTable
          caption="Items"
          columns={[
            { head: "Name", wide: true },
            { head: "Unit" },
            { head: "Tax", figure: true },
            { head: "Price", figure: true },
          ]}
          rows={shown.map((row) => ({ cells: cellsOf(c, row) }))}
        />
      )}
      <Pager path={`/dashboard${PATH}`} query={new URLSearchParams({ q })} nextCursor={next} />
    </>,
  );
});

function cellsOf(c: PageContext, row: ItemRow) {
  const { format } = c.var;
  const { unitPrice, currency, tax } = row;
  return [
    <>
      <a href={`/dashboard${PATH}/${row.id}`}>{row.name}</a>
      {row.description && (
        <>
          <br />
          <small class="muted">{row.description.split("\n")[0]}</small>
        </>
      )}
    </>,
    row.unit ?? row.unitCode,
    tax ? `${format.decimal(tax.percent)} %` : "",
    currency === null ? format.decimal(unitPrice) : format.rate(unitPrice, currency),
  ];
}

function Nothing({ origin, searched }: { origin: string; searched: boolean }) {
  if (searched) return <EmptyState title="No items match the search" />;
  return (
    <EmptyState
      title="No items yet"
      command={
        `curl ${origin}/api/items -H 'Authorization: Bearer YOUR_KEY' ` +
        `-H 'Content-Type: application/json' -d '{"name": "Consulting", "unit_price": 120}'`
      }
    >
      <p>
        What you sell often is kept here with its price and tax, and offered while you type a line
        of a quote or an invoice.
      </p>
    </EmptyState>
  );
}

/** What a line may be filled with, as its script asks while a name is typed. */
itemPages.get(`${PATH}/offered`, async (c) => {
  const actor = allowed(c, "documents.read");
  const text = (c.req.query("q") ?? "").trim().slice(0, 200);
  const filter = { beginning: foldText(text), after: null, limit: SUGGESTED };
  const rows = text === "" ? [] : await listItems(c.env.DB, actor.tenantId, filter);
  return c.json({ data: rows.map((row) => lineOf(c, row)) });
});

/** The fields of a line, by their pointers below the line's. */
function lineOf(c: PageContext, row: ItemRow) {
  const { format } = c.var;
  const { name, description, unit, unitCode, unitPrice, currency, tax } = row;
  const price = currency === null ? format.decimal(unitPrice) : format.rate(unitPrice, currency);
  return {
    name,
    price,
    fields: {
      "/name": name,
      "/description": description ?? "",
      "/unit": unit ?? "",
      "/unit_code": unitCode,
      "/unit_price": unitPrice,
      "/tax/percent": tax?.percent ?? "",
    },
  };
}

itemPages.get(`${PATH}/new`, (c) => {
  allowed(c, "documents.write");
  return formPage(c, { id: null, values: {}, refused: null });
});

itemPages.post(PATH, async (c) => {
  allowed(c, "documents.write");
  const values = itemIn(bodyOf(ALL_FIELDS, await readForm(c)));
  try {
    const path = apiPath(["items"]);
    await runOperation(c, itemRoutes, { method: "POST", path, body: withTax(values) });
    return seeOther(c, PATH, "created");
  } catch (error) {
    return formPage(c, { id: null, values, refused: refusalOf(error) });
  }
});

itemPages.get(`${PATH}/:id`, async (c) => {
  const actor = allowed(c, "documents.read");
  const id = c.req.param("id");
  return formPage(c, { id, values: await valuesOf(c, actor, id), refused: null });
});

itemPages.post(`${PATH}/:id`, async (c) => {
  allowed(c, "documents.write");
  const id = c.req.param("id");
  const values = itemIn(bodyOf(ALL_FIELDS, await readForm(c)));
  try {
    const path = apiPath(["items", id]);
    await runOperation(c, itemRoutes, { method: "PATCH", path, body: withTax(values) });
    return seeOther(c, PATH, "saved");
  } catch (error) {
    return formPage(c, { id, values, refused: refusalOf(error) });
  }
});

itemPages.post(`${PATH}/:id/delete`, async (c) => {
  const actor = allowed(c, "documents.write");
  const id = c.req.param("id");
  const sent = await readForm(c);
  const asked = await ask(c, sent, async () => {
    const { name } = await itemOf(c.env, actor, id);
    return {
      title: `Delete ${name}?`,
      consequences: ["It is no longer offered for lines. Documents keep the lines they have."],
      act: "Delete item",
    };
  });
  if (asked) return asked;
  await runOperation(c, itemRoutes, { method: "DELETE", path: apiPath(["items", id]) });
  return seeOther(c, PATH, "removed");
});

function itemIn(values: Body): Body {
  clearEmpty(values, ["/tax"]);
  return values;
}

async function valuesOf(c: PageContext, actor: Actor, id: string): Promise<Body> {
  const view = showItem(await itemOf(c.env, actor, id));
  const values = parseJsonExactly(JSON.stringify(view)) as Body;
  return { ...values, tax: values.tax && taxValues(values.tax as Body) };
}

type ItemForm = { id: string | null; values: Body; refused: Refused | null };

function formPage(c: PageContext, { id, values, refused }: ItemForm) {
  const title = id === null ? "New item" : String(values.name ?? "Item");
  const mayWrite = may(c.var.actor.role, "documents.write");
  const token = c.var.session.formToken;
  const path = `/dashboard${PATH}`;
  return page(
    c,
    { title, section: "items", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        <a href={path}>Items</a>
      </p>
      <div class="head">
        <h1>{title}</h1>
        {id !== null && mayWrite && (
          <ActionButton action={`${path}/${id}/delete`} token={token} label="Delete" danger asks />
        )}
      </div>
      <Refusal refused={refused} fields={ALL_FIELDS.map(({ pointer }) => pointer)} />
      <Form action={id === null ? path : `${path}/${id}`} token={token} class="card">
        <div class="columns">
          <Fields fields={FIELDS} body={values} refused={refused} />
        </div>
        <Fields fields={TEXT_FIELDS} body={values} refused={refused} />
        <Suggestions fields={FIELDS} />
        <Permitted role={c.var.actor.role} needs="documents.write" label="Save" act="change items">
          <button type="submit" class="primary">
            {id === null ? "Add item" : "Save"}
          </button>
        </Permitted>
      </Form>
    </>,
  );
}
