/** `npm run guides`: makes the pages of the guides anew, as `npm start` and `npm run deploy` do. */
import { ROOT } from "./lib/build.ts";
import { writeGuides } from "./lib/guides/write.ts";

writeGuides(ROOT);
