/** OpenMeter's API, as its clients call it. */
import { AS_OTHER_ROUTES, type Dialect } from "../common/dialect.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { openmeterError } from "./errors.ts";
import { routeIngest } from "./ingest.ts";

/** Where the older client looks for the API, whatever path its base URL has. */
const AT_ROOT = ["events", "meters", "subjects"].flatMap((name) => [
  `/api/v1/${name}`,
  `/api/v1/${name}/*`,
]);

export const openmeter: Dialect = {
  name: "openmeter",
  paths: ["/openmeter/*", ...AT_ROOT],
  form: openmeterError,
  elsewhere: ELSEWHERE,
  route: (app) => {
    routeIngest(app);
    app.use("*", ...AS_OTHER_ROUTES);
  },
};
