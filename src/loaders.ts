/** What a fresh isolate does not evaluate: each is loaded by the first who asks for it. */
import { lazy } from "./core/lazy.ts";

/** What the queues and the minute's sweep do. */
export const loadJobs = lazy(() => import("./jobs.ts"));

/** All routes but those of the entry, the refusal of a host that is not ours, and links. */
export const loadRoutes = lazy(async () => {
  const { answerLink, createRoutes, refuseHost } = await import("./routes.ts");
  return { app: createRoutes(), refuseHost, answerLink };
});
