/** /api/items: the catalogue that lines of documents are filled from. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { foldText } from "../../core/fold.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { changeItem, createItem, itemOf, removeItem } from "../item/item.ts";
import { itemChange, itemInput, itemView, showItem } from "../item/item-schema.ts";
import { listItems } from "../item/item-store.ts";
import { idParam } from "../wire/route-parts.ts";

export const itemRoutes = createApi<AppEnv>();

const described = { tags: ["Items"], security };

itemRoutes.openapi(
  createRoute({
    ...described,
    method: "post",
    path: "/api/items",
    operationId: "createItem",
    summary: "Add an item to the catalogue",
    request: { body: jsonBody(itemInput) },
    responses: { 201: jsonReply(itemView, "The item"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "documents");
    return c.json(showItem(await createItem(c.env, actor, c.req.valid("json"))), 201);
  },
);

itemRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: "/api/items",
    operationId: "listItems",
    summary: "List the catalogue by name",
    request: {
      query: z.strictObject({
        q: z.string().min(1).max(200).optional().openapi({
          description: "how the name begins, in any case and without accents",
        }),
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(pageSchema(itemView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { q, cursor, limit: asked } = c.req.valid("query");
    const limit = pageLimit(asked);
    const [search, id] = cursor ? decodeCursor(cursor, 2) : [];
    const rows = await listItems(c.env.DB, actor.tenantId, {
      beginning: q === undefined ? null : foldText(q),
      after: id === undefined ? null : { search: String(search), id: String(id) },
      limit: limit + 1,
    });
    return c.json(
      pageOf(rows, limit, (row) => [row.search, row.id], showItem),
      200,
    );
  },
);

itemRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: "/api/items/{id}",
    operationId: "getItem",
    summary: "Read an item",
    request: { params: idParam },
    responses: { 200: jsonReply(itemView, "The item"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    return c.json(showItem(await itemOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

itemRoutes.openapi(
  createRoute({
    ...described,
    method: "patch",
    path: "/api/items/{id}",
    operationId: "changeItem",
    summary: "Change the given fields of an item; documents keep the lines that they have",
    request: { params: idParam, body: jsonBody(itemChange) },
    responses: { 200: jsonReply(itemView, "The item"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write", "own", "documents");
    const { id } = c.req.valid("param");
    return c.json(showItem(await changeItem(c.env, actor, id, c.req.valid("json"))), 200);
  },
);

itemRoutes.openapi(
  createRoute({
    ...described,
    method: "delete",
    path: "/api/items/{id}",
    operationId: "deleteItem",
    summary: "Take an item out of the catalogue; documents keep the lines that they have",
    request: { params: idParam },
    responses: { 204: { description: "It is gone" }, ...problems(404, 409) },
  }),
  async (c) => {
    await removeItem(
      c.env,
      allow(c, "documents.write", "own", "documents"),
      c.req.valid("param").id,
    );
    return c.body(null, 204);
  },
);
