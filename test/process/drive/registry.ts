/** The areas of the drive, a file and a line each. */
import { acts } from "./acts.ts";
import type { Area } from "./area.ts";
import { home } from "./home.ts";

export const AREAS: Record<string, Area> = {
  acts,
  home,
};
