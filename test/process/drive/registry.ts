/** The areas of the drive, a file and a line each. */
import { acts } from "./acts.ts";
import type { Area } from "./area.ts";
import { home } from "./home.ts";
import { hubs } from "./hubs.ts";
import { lists } from "./lists.ts";
import { names } from "./names.ts";
import { palette } from "./palette.ts";
import { preview } from "./preview.ts";
import { reference } from "./reference.ts";

export const AREAS: Record<string, Area> = {
  acts,
  home,
  hubs,
  lists,
  names,
  palette,
  preview,
  reference,
};
