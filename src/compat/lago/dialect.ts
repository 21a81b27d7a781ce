/** Lago's API, as its clients call it. */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { POLICY_HEADER } from "../../core/rate-limit.ts";
import { AS_OTHER_ROUTES, type Dialect, enter } from "../common/dialect.ts";
import { customerRoutes } from "./customer-routes.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { lagoError, rateLimitHeaders } from "./errors.ts";
import { eventRoutes, recordingRoutes } from "./event-routes.ts";
import { invoiceRoutes } from "./invoice-routes.ts";
import { metricRoutes } from "./metric-routes.ts";
import { BASE, type Route, routeOf } from "./route.ts";
import { subscriptionRoutes } from "./subscription-routes.ts";
import { usageRoutes } from "./usage-routes.ts";
import { walletRoutes } from "./wallet-routes.ts";

/** All that is answered; of several that fit a path the first one answers. */
export const LAGO_ROUTES: readonly Route[] = [
  ...recordingRoutes,
  ...eventRoutes,
  ...metricRoutes,
  ...usageRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...walletRoutes,
  ...customerRoutes,
];

/** Lago's clients wait for as long as these headers of a 429 say. */
const tellLimits: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.res.status !== 429) return;
  const { headers } = c.res;
  const policy = headers.get(POLICY_HEADER);
  for (const [name, value] of rateLimitHeaders(policy, headers.get("retry-after"))) {
    c.res.headers.set(name, value);
  }
};

function answerBy(routes: readonly Route[]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const path = new URL(c.req.url).pathname.slice(BASE.length);
    const found = routeOf(routes, c.req.method, path);
    return found ? found.route.answer(c, ...found.ids) : next();
  };
}

export const lago: Dialect = {
  name: "lago",
  paths: ["/lago/*"],
  form: lagoError,
  elsewhere: ELSEWHERE,
  route: (app) => {
    app.use("*", tellLimits);
    // Recording has its own budget and body limits.
    for (const path of ["/events", "/events/batch"]) {
      app.post(BASE + path, enter, answerBy(recordingRoutes));
    }
    app.use(`${BASE}/*`, ...AS_OTHER_ROUTES, answerBy(LAGO_ROUTES));
    app.use("*", ...AS_OTHER_ROUTES);
  },
};
