/** What an area of the drive is, and what it is given. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Api } from "../../../scripts/lib/api.ts";
import type { Served } from "../command.ts";

/** A running product of its own, and a browser in which nobody is signed in. */
export type Stage = {
  server: Served;
  /** With the key of the demo tenant's admin, and with the operator's. */
  demo: Api;
  operator: Api;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  signIn: (key: string) => Promise<void>;
  /** Opens a path of the product, such as `/dashboard/invoices`. */
  open: (path: string) => Promise<void>;
  /**
   * Looks at the page as it stands, at three widths, light and dark: pictures in `out/drive`, no
   * sideways scrolling, nothing serious said by axe.
   */
  look: (name: string) => Promise<void>;
};

/** Does each act of an area once, and says with `expect` what has to be seen. */
export type Area = (stage: Stage) => Promise<void>;
