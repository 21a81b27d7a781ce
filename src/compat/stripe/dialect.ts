/** Stripe's API of meters, customers and invoices, as its clients call it. */
import type { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { idempotent, type Operations } from "../../accounts/guard/idempotent.ts";
import { AS_OTHER_ROUTES, type Dialect } from "../common/dialect.ts";
import { answeredCustomer, routeCustomers } from "./customer-routes.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { stripeError } from "./error.ts";
import { routeAdjustments, routeRecording } from "./event-routes.ts";
import { routeInvoices } from "./invoice-routes.ts";
import { answeredMeter, routeMeters } from "./meter-routes.ts";
import { asStripe, readBody, stamped } from "./request.ts";

/** How a request under an Idempotency-Key is answered once more. */
const OPERATIONS: Operations = {
  repeats: ({ req }) => req.path.endsWith("/meter_event_adjustments"),
  statusOf: () => 200,
  answerAgain: async (c, { made }) => {
    const answered = c.req.path.startsWith("/v1/customers") ? answeredCustomer : answeredMeter;
    const body = await answered(c.env, c.var.actor, made);
    return Response.json(body, { headers: { "Idempotent-Replayed": "true" } });
  },
};

function route(app: Hono<AppEnv>): void {
  app.use("*", stamped, asStripe);
  // Recording has its own identity and budget: nothing more stands before it.
  routeRecording(app);
  app.use("*", ...AS_OTHER_ROUTES, readBody, idempotent(OPERATIONS));
  routeMeters(app);
  routeAdjustments(app);
  routeCustomers(app);
  routeInvoices(app);
}

export const stripe: Dialect = {
  name: "stripe",
  paths: ["/v1/*", "/v2/*", "/oauth/*"],
  form: stripeError,
  elsewhere: ELSEWHERE,
  route,
};
