/** OpenMeter's API, as its clients call it. */
import { AS_OTHER_ROUTES, type Dialect } from "../common/dialect.ts";
import { routeAccess, subjectValue } from "./access-routes.ts";
import { routeCustomers } from "./customer-routes.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { openmeterError } from "./errors.ts";
import { routeEvents, routeEventsV2 } from "./event-routes.ts";
import { routeIngest } from "./ingest.ts";
import { routeMeters } from "./meter-routes.ts";
import { routeSubjects } from "./subject-routes.ts";

const BASE = "/openmeter/api";
/** Where the older client looks for the API, whatever path its base URL has. */
const ROOT = "/api/v1";
const AT_ROOT = ["events", "meters", "subjects"].flatMap((name) => [
  `${ROOT}/${name}`,
  `${ROOT}/${name}/*`,
]);

export const openmeter: Dialect = {
  name: "openmeter",
  paths: ["/openmeter/*", ...AT_ROOT],
  form: openmeterError,
  elsewhere: ELSEWHERE,
  route: (app) => {
    routeIngest(app);
    app.use("*", ...AS_OTHER_ROUTES);
    for (const base of [`${BASE}/v1`, ROOT]) {
      routeEvents(app, base);
      routeMeters(app, base);
      routeSubjects(app, base);
    }
    routeEventsV2(app, `${BASE}/v2`);
    routeCustomers(app, `${BASE}/v1`);
    routeAccess(app, BASE);
    app.get(`${ROOT}/subjects/:subject/entitlements/:feature/value`, subjectValue);
  },
};
