/** Menus that close when they are left, and lines that are filled from the catalogue of items. */

/** Closes an open menu by a press beside it, or by Escape. */
export function closeMenus() {
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

const WAIT_MS = 150;
const NAME = /^(\/lines\/\d+)\/name$/;

/** Offers items while the name of a line is typed; the chosen one fills the line. */
export function offerItems() {
  const form = document.querySelector("form[data-items]");
  if (!form) return;
  const list = document.createElement("datalist");
  list.id = "offered-items";
  form.append(list);
  let offered = [];
  let timer = 0;
  form.addEventListener("input", (event) => {
    const control = event.target;
    const [, line] = NAME.exec(control.name) ?? [];
    if (line === undefined) return;
    control.setAttribute("list", list.id);
    const item = offered.find(({ name }) => name === control.value);
    if (item) return fill(form, line, item);
    clearTimeout(timer);
    timer = setTimeout(async () => {
      offered = await offersFor(form.dataset.items, control.value);
      list.replaceChildren(...offered.map(optionOf));
    }, WAIT_MS);
  });
}

async function offersFor(address, text) {
  if (text.trim() === "") return [];
  try {
    const answer = await fetch(`${address}?q=${encodeURIComponent(text.trim())}`);
    return answer.ok ? (await answer.json()).data : [];
  } catch {
    return []; // nothing is offered, and the line is typed
  }
}

function optionOf({ name, price }) {
  const option = document.createElement("option");
  option.value = name;
  option.label = `${name} · ${price}`;
  return option;
}

/** Fills what the item says; a quantity of one where there is none yet. */
function fill(form, line, { fields }) {
  const control = (pointer) => form.elements.namedItem(line + pointer);
  for (const [pointer, value] of Object.entries(fields)) {
    const found = control(pointer);
    if (found && value !== "" && pointer !== "/name") found.value = value;
  }
  const quantity = control("/quantity");
  if (quantity && quantity.value === "") quantity.value = "1";
  quantity?.dispatchEvent(new Event("input", { bubbles: true }));
  quantity?.focus();
  quantity?.select();
}
