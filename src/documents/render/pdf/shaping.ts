/** What only documents with text that is shaped read. */
export { startHarfBuzz } from "../script/harfbuzz.ts";
export { clusterFace } from "./cluster-face.ts";
export { complexText } from "./complex-text.ts";
