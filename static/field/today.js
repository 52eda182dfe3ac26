/** Today's own contacts: the list with "ändra" and "ta bort", and the counts. */
import { byId, every, NOBODY, one, words } from "./data.js";
import { canBeRepeated } from "./contact.js";
import { showCode } from "./given.js";
import { about, who } from "./saying.js";
import { clock, localDate } from "./time.js";

/** @typedef {import("./data.js").ContactRow} ContactRow */
/** @typedef {import("./data.js").Shift} Shift */

/** How many rows the list shows before "Visa alla". */
const ROWS_AT_FIRST = 8;

export class Today {
  /** @type {Map<string, ContactRow>} */
  #rows;
  #all = false;

  /**
   * @param {import("./data.js").FieldData} data
   * @param {{edit: (row: ContactRow) => void, remove: (row: ContactRow) => void, shift: () => Shift | null}} wishes
   *   what the buttons of a row do, and the shift that is running
   */
  constructor(data, wishes) {
    const { today } = data.own ?? NOBODY;
    this.codes = data.codes;
    this.own = today.own;
    this.shift = today.shift;
    this.wishes = wishes;
    this.#rows = new Map(today.contacts.map((row) => [row.id, row]));
    byId("today-all", HTMLButtonElement).addEventListener("click", () => {
      this.#all = true;
      this.paint();
      byId("today-title", HTMLElement).focus();
    });
    this.paint();
  }

  /** Shows another list: that of whoever has just opened the screen, or none. @param {import("./data.js").Own["today"]} today */
  take({ own, shift, contacts }) {
    this.own = own;
    this.shift = shift;
    this.#rows = new Map(contacts.map((row) => [row.id, row]));
    this.#all = false;
    this.paint();
  }

  /** Newest first. */
  rows() {
    return [...this.#rows.values()].sort((a, b) => Date.parse(b.occurred_at) - Date.parse(a.occurred_at) || b.id.localeCompare(a.id));
  }

  /** @param {string} id */
  row(id) {
    return this.#rows.get(id);
  }

  /** The latest contact that "+1 likadan" may copy. */
  latestToRepeat() {
    return this.rows().find(canBeRepeated);
  }

  /** Today's contacts of one kind, as the counters of outreach show them. */
  tally() {
    const count = { talk: 0, brief: 0, refused: 0 };
    for (const row of this.#rows.values()) {
      if (row.voided_at) continue;
      if (row.contact_type !== "brief") count.talk += 1;
      else if (row.result === "declined_support") count.refused += 1;
      else count.brief += 1;
    }
    return count;
  }

  /**
   * Takes in what the server keeps now: a new contact, a corrected one, or one that was taken back.
   * @param {ContactRow} row
   */
  keep(row) {
    const before = this.#rows.get(row.id);
    const shift = this.wishes.shift();
    const more = (/** @type {(row: ContactRow) => boolean} */ counts) => Number(counts(row)) - Number(before ? counts(before) : false);
    this.own += more((each) => isToday(each) && !each.voided_at);
    this.shift += more((each) => isOfShift(each, shift));
    if (isToday(row)) this.#rows.set(row.id, row);
    else this.#rows.delete(row.id);
    this.paint();
  }

  /** Another shift has begun: of its contacts only one's own are known until the page is loaded anew. */
  countAnew() {
    const shift = this.wishes.shift();
    this.shift = this.rows().filter((row) => isOfShift(row, shift)).length;
    this.paint();
  }

  paint() {
    const rows = this.rows();
    const shown = this.#all ? rows : rows.slice(0, ROWS_AT_FIRST);
    byId("today-list", HTMLUListElement).replaceChildren(...shown.map((row) => this.#item(row)));
    byId("today-sum", HTMLElement).textContent = words("todaySum", { own: this.own, shift: this.shift });
    byId("today-empty", HTMLElement).hidden = rows.length > 0;
    const all = byId("today-all", HTMLButtonElement);
    all.hidden = shown.length === rows.length;
    all.textContent = words("showAll", { count: rows.length });
  }

  /** Puts the focus back on a row that was being corrected. @param {string} id */
  focus(id) {
    const item = every(document, "#today-list > li", HTMLLIElement).find((row) => row.dataset.id === id);
    (item?.querySelector("button") ?? byId("today-title", HTMLElement)).focus();
  }

  /**
   * Tells whose a contact is: by a code, shortened, which may be shown again; or a participant's, who is not named.
   * @param {HTMLLIElement} item @param {ContactRow} row
   */
  #mark(item, { recognition_code: code, identity, to_link, gender }) {
    const button = one(item, ".today__code", HTMLButtonElement);
    button.hidden = !code;
    one(item, ".today__later", HTMLElement).hidden = !to_link;
    // Of whom nothing else is told the row says so already.
    one(item, ".today__known", HTMLElement).hidden = !identity || identity === "anonymous" || !gender;
    if (!code) return;
    one(button, ".today__words", HTMLElement).textContent = `${code.split("-").slice(0, 2).join("-")}-…`;
    button.addEventListener("click", () => showCode(code));
  }

  /** @param {ContactRow} row */
  #item(row) {
    const item = one(document.importNode(byId("today-row", HTMLTemplateElement).content, true), "li", HTMLLIElement);
    const time = clock(new Date(row.occurred_at));
    item.dataset.id = row.id;
    one(item, ".today__time", HTMLElement).textContent = time;
    one(item, ".today__who", HTMLElement).textContent = who(this.codes, row);
    one(item, ".today__about", HTMLElement).textContent = about(this.codes, row);
    for (const which of every(item, ".today__which", HTMLElement)) which.textContent = time;
    one(item, ".today__what", HTMLElement).id = `today-${row.id}`;
    for (const button of every(item, "button", HTMLButtonElement)) button.setAttribute("aria-describedby", `today-${row.id}`);
    this.#mark(item, row);
    const waits = one(item, ".today__waits", HTMLElement);
    waits.hidden = !row.waits;
    item.classList.toggle("today__row--gone", Boolean(row.voided_at));
    one(item, ".today__gone", HTMLElement).hidden = !row.voided_at;
    // Of somebody who is known only the server's own page tells enough to change it.
    one(item, ".today__buttons", HTMLElement).hidden = Boolean(row.voided_at) || !row.gender;
    one(item, "[data-do=edit]", HTMLButtonElement).addEventListener("click", () => this.wishes.edit(row));
    one(item, "[data-do=remove]", HTMLButtonElement).addEventListener("click", () => this.wishes.remove(row));
    return item;
  }
}

/** Whether a contact counts as the shift's, as the server counts it. @param {ContactRow} row @param {Shift | null} shift */
function isOfShift(row, shift) {
  if (!shift || row.voided_at) return false;
  const began = Date.parse(shift.started_at ?? shift.starts_at);
  return row.site === shift.site && row.activity === shift.activity && Date.parse(row.occurred_at) >= began;
}

/** @param {ContactRow} row */
function isToday(row) {
  return localDate(new Date(row.occurred_at)) === localDate(new Date());
}
