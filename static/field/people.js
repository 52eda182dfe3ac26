/** "Deltagare": one of one's own people, or somebody who is found; others' people are opened because they are here. */
import { byId, one, words } from "./data.js";
import { mayNameLater } from "./later.js";
import { findPeople, latestPeople, openPresent, readPerson } from "./sending.js";
import { insist } from "./session.js";
import { localDate } from "./time.js";

/** @typedef {import("./sending.js").Person} Person */
/** @typedef {{id: string, case_number: string, name: string | null, note: string, reason_required: boolean}} Shown */

class PeopleDialog {
  /** @type {((person: Person | "later" | null) => void) | null} */
  #resolve = null;
  /** How many questions were asked: an answer to an older one is no longer wanted. */
  #asked = 0;

  constructor() {
    this.dialog = byId("people-dialog", HTMLDialogElement);
    this.input = byId("people-input", HTMLInputElement);
    byId("people-search", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#search();
    });
    byId("people-later", HTMLButtonElement).addEventListener("click", () => this.#end("later"));
    byId("people-cancel", HTMLButtonElement).addEventListener("click", () => this.#end(null));
    // It may have been opened again since it was closed.
    this.dialog.addEventListener("close", () => this.dialog.open || this.#end(null));
    document.addEventListener("outreach:closed", () => this.#end(null));
  }

  /** @param {string} [id] somebody who was chosen elsewhere @returns {Promise<Person | "later" | null>} null: never mind */
  ask(id) {
    this.#forget();
    this.dialog.showModal();
    const answer = new Promise((/** @type {(person: Person | "later" | null) => void} */ resolve) => {
      this.#resolve = resolve;
    });
    void this.#showOwn();
    if (id) void this.#choose({ id, case_number: "", name: null, note: "", reason_required: false });
    else byId("people-title", HTMLElement).focus();
    return answer;
  }

  /** @param {Person | "later" | null} person */
  #end(person) {
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#forget();
    this.dialog.close();
    resolve?.(person);
  }

  /** No name stays in the page when the dialog is closed. */
  #forget() {
    byId("people-later", HTMLElement).hidden = true;
    this.#asked += 1;
    this.input.value = "";
    for (const id of ["people-latest", "people-found"]) byId(id, HTMLElement).replaceChildren();
    for (const id of ["people-own", "people-others"]) byId(id, HTMLElement).hidden = true;
    this.#say("", "");
  }

  async #showOwn() {
    const mine = this.#resolve;
    const answer = await insist(() => latestPeople());
    if (this.#resolve !== mine) return;
    if (!answer.ok) return this.#explain(answer);
    const people = answer.row.items.map((own) => ({
      ...own,
      note: own.last_contact_on ? words("personLast", { day: dayInWords(own.last_contact_on) }) : "",
      reason_required: false,
    }));
    this.#list("people-latest", people);
    byId("people-own", HTMLElement).hidden = people.length === 0;
  }

  async #search() {
    const wanted = this.input.value.trim();
    if (!wanted) return this.input.focus();
    const asked = (this.#asked += 1);
    this.#say(words("personSearching"), "");
    const answer = await insist(() => findPeople({ [kindOf(wanted)]: wanted }));
    if (!this.#resolve || asked !== this.#asked) return;
    this.#say("", "");
    if (!answer.ok) return this.#explain(answer);
    const { items, more } = answer.row;
    this.#list("people-found", items.map((found) => ({ ...found, note: found.birth_year ? words("personBorn", { year: found.birth_year }) : "" })));
    byId("people-others", HTMLElement).hidden = !items.some(({ reason_required }) => reason_required);
    this.#say(items.length ? words(more ? "personMore" : "personFound", { count: items.length }) : words("personNone"), "");
  }

  /** @param {string} id @param {Shown[]} people */
  #list(id, people) {
    byId(id, HTMLUListElement).replaceChildren(...people.map((person) => this.#item(person)));
  }

  /** @param {Shown} person */
  #item(person) {
    const { name, case_number, note, reason_required } = person;
    const item = one(document.importNode(byId("person-row", HTMLTemplateElement).content, true), "li", HTMLLIElement);
    const button = one(item, "button", HTMLButtonElement);
    one(item, ".person__name", HTMLElement).textContent = name ?? case_number;
    one(item, ".person__note", HTMLElement).textContent = [name ? case_number : "", note].filter(Boolean).join(" · ");
    one(item, ".person__open", HTMLElement).hidden = !reason_required;
    button.addEventListener("click", () => void (reason_required ? this.#open(person) : this.#choose(person)));
    return item;
  }

  /** The person is here: opened, then chosen. @param {Shown} person */
  async #open(person) {
    const asked = (this.#asked += 1);
    this.#say(words("personOpening"), "");
    const answer = await insist(() => openPresent(person.id));
    if (!this.#resolve || asked !== this.#asked) return;
    if (answer.ok) await this.#choose(person);
    else this.#explain(answer);
  }

  /** @param {Shown} person */
  async #choose(person) {
    const asked = (this.#asked += 1);
    this.#say(words("personOpening"), "");
    const answer = await insist(() => readPerson(person.id));
    if (!this.#resolve || asked !== this.#asked) return;
    if (answer.ok) return this.#end(answer.row);
    if (!answer.problem.type?.endsWith("/reason-required")) return this.#explain(answer);
    this.#say("", "");
    byId("people-others", HTMLElement).hidden = false;
    const shown = { ...person, case_number: person.case_number || words("personChosen"), reason_required: true };
    this.#list("people-found", [shown]);
    one(byId("people-found", HTMLUListElement), "button", HTMLButtonElement).focus();
  }

  /** @param {import("./sending.js").Answer<unknown>} answer */
  #explain(answer) {
    if (answer.ok || !this.#resolve) return;
    const { reason, problem } = answer;
    byId("people-later", HTMLElement).hidden = reason !== "network" || !mayNameLater();
    this.#say("", reason === "network" ? words("personNetwork") : (problem.errors?.[0]?.detail ?? problem.detail ?? words("refusedByServer")));
  }

  /** @param {string} said @param {string} fault */
  #say(said, fault) {
    byId("people-say", HTMLElement).textContent = said;
    byId("people-fault", HTMLElement).textContent = fault;
  }
}

/** What somebody typed to find a person by: a case number has its letters or its shape, a number is digits. @param {string} wanted */
function kindOf(wanted) {
  if (/^jv\b/i.test(wanted) || /^\d{4}[-–]\d{4,7}[-–]\d$/.test(wanted)) return "case_number";
  return /^[\d\s+\p{Pd}−]+$/u.test(wanted) ? "number" : "name";
}

/** @param {string} day YYYY-MM-DD */
export function dayInWords(day) {
  const isThisYear = day.slice(0, 4) === localDate(new Date()).slice(0, 4);
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { day: "numeric", month: "short", timeZone: "UTC" };
  return new Date(`${day}T00:00Z`).toLocaleDateString(document.documentElement.lang, isThisYear ? parts : { ...parts, year: "numeric" });
}

/** @type {PeopleDialog | undefined} */
let dialog;

/** Asks who it is. @param {string} [id] somebody who was chosen elsewhere already */
export function askForPerson(id) {
  dialog ??= new PeopleDialog();
  return dialog.ask(id);
}
