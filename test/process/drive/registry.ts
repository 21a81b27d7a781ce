/** The areas of the drive, a file and a line each. */
import type { Area } from "./area.ts";
import { home } from "./home.ts";
import { lists } from "./lists.ts";

export const AREAS: Record<string, Area> = {
  home,
  lists,
};
