/** What scripts add to pages that work without them: live bars, charts, previews, copying, dialogs, keys. */
/** What scripts add to pages that work without them: live bars, charts, previews, copying, dialogs, forms. */
import { askInDialogs } from "./dialog.js";
import { followUsage } from "./live.js";
import { keepForms } from "./forms.js";
import { drawCharts } from "./chart.js";
import { openBySearchKeys } from "./palette.js";
import { previewForms } from "./preview.js";
import { runInSteps } from "./steps.js";
import { closeMenus, offerItems } from "./hubs.js";

const phone = matchMedia("(max-width: 62rem)");
const fold = () => document.querySelector(".menu")?.toggleAttribute("open", !phone.matches);
phone.addEventListener("change", fold);
fold();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  });
}

askInDialogs();
openBySearchKeys();

for (const control of document.querySelectorAll("[data-submits]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}

const live = document.querySelector("[data-live]");
if (live) followUsage(live);
drawCharts();
previewForms();
runInSteps();
closeMenus();
offerItems();
keepForms();
