/** /api/coupons, and redeeming them (operator). */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  currencyInput,
  decimalInput,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import { moneyInput } from "../price/field.ts";
import { createCoupon, redeemCoupon } from "./credit.ts";
import { type CouponRow, listCoupons } from "./credit-store.ts";

export const couponRoutes = createApi<AppEnv>();

const couponInput = z
  .strictObject({
    code: z.string().regex(/^[A-Z0-9][A-Z0-9_-]{1,49}$/, "is upper case, such as WELCOME20"),
    name: lineInput(100),
    percent: decimalInput({ decimals: 6 }).optional(),
    amount: moneyInput.optional(),
    currency: currencyInput.optional(),
    starts_at: timeInput.optional(),
    ends_at: timeInput.optional(),
    max_redemptions: z.number().int().min(1).optional(),
    periods: z.number().int().min(1).max(1000).optional().openapi({
      description: "How many documents it lowers; all unless given",
    }),
  })
  .superRefine(({ percent, amount, currency }, ctx) => {
    if ((percent === undefined) === (amount === undefined)) {
      ctx.addIssue({ code: "custom", path: ["percent"], message: "or amount is given, not both" });
    }
    if ((amount === undefined) !== (currency === undefined)) {
      ctx.addIssue({ code: "custom", path: ["currency"], message: "comes with amount" });
    }
  });

const couponSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    name: z.string(),
    percent: z.number().nullable(),
    amount: z.number().nullable(),
    currency: z.string().nullable(),
    starts_at: z.string().nullable(),
    ends_at: z.string().nullable(),
    max_redemptions: z.number().int().nullable(),
    periods: z.number().int().nullable(),
    created_at: z.string(),
  })
  .openapi("Coupon");

const timeOf = (ms: number | null) => (ms === null ? null : timeText(ms));
const msOf = (text: string | undefined) => (text === undefined ? null : parseTime(text));

function couponBody(row: CouponRow): z.infer<typeof couponSchema> {
  const { amountMinor, currency } = row;
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    percent: row.percent === null ? null : exactNumber(row.percent),
    amount: amountMinor === null ? null : moneyJson(BigInt(amountMinor), currency ?? ""),
    currency,
    starts_at: timeOf(row.startsMs),
    ends_at: timeOf(row.endsMs),
    max_redemptions: row.maxRedemptions,
    periods: row.periods,
    created_at: timeText(row.createdMs),
  };
}

couponRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/coupons",
    operationId: "createCoupon",
    summary: "Create a coupon by percent or by amount (operator)",
    tags: ["Credits"],
    security,
    request: { body: jsonBody(couponInput) },
    responses: { 201: jsonReply(couponSchema, "The coupon"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.plans");
    const body = c.req.valid("json");
    const coupon = await createCoupon(c.env, actor, {
      code: body.code,
      name: body.name,
      percent: body.percent ?? null,
      amount: body.amount ?? null,
      currency: body.currency ?? null,
      startsMs: msOf(body.starts_at),
      endsMs: msOf(body.ends_at),
      maxRedemptions: body.max_redemptions ?? null,
      periods: body.periods ?? null,
    });
    return c.json(couponBody(coupon), 201);
  },
);

couponRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/coupons",
    operationId: "listCoupons",
    summary: "List coupons (operator)",
    tags: ["Credits"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(couponSchema), "A page"), ...problems() },
  }),
  async (c) => {
    allow(c, "operator.read");
    const query = c.req.valid("query");
    const slice = sliceOf(query);
    const rows = await listCoupons(c.env.DB, { before: slice.after, limit: slice.limit });
    return c.json(pageById(rows, slice, couponBody), 200);
  },
);

couponRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions/{id}/coupons",
    operationId: "redeemCoupon",
    summary: "Lower a subscription's coming documents by a coupon (operator)",
    tags: ["Credits"],
    security,
    request: {
      params: z.object({ id: z.string().max(100) }),
      body: jsonBody(z.strictObject({ code: z.string().max(50) })),
    },
    responses: { 200: jsonReply(couponSchema, "The coupon"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const { code } = c.req.valid("json");
    const coupon = await redeemCoupon(c.env, actor, c.req.valid("param").id, code);
    return c.json(couponBody(coupon), 200);
  },
);
