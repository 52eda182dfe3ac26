/** The contact form on the screen: shows a contact, takes in what is touched, saves it once. */
import { decide } from "./attention.js";
import { changeContact, createContact } from "./capture.js";
import { TARGETS_AT_MOST, TOPICS_AT_MOST, changes, faults, fromRow, isBrief, isGroup, settled, toBody, toggled } from "./contact.js";
import { byId, every, mayIdentify, one, words } from "./data.js";
import { who, whole, why } from "./saying.js";
import { insist } from "./session.js";
import { forgetSaved, whileSending } from "./strip.js";
import { DAYS_BACK, ZONE, clock, instantOf, localDate } from "./time.js";
import { openTurned } from "./turned.js";
import { uuid7 } from "./uuid.js";
import { Whom } from "./whom.js";

/** @typedef {import("./contact.js").Contact} Contact */
/** @typedef {import("./contact.js").ContactBody} ContactBody */
/** @typedef {import("./data.js").ContactRow} ContactRow */

/** @typedef {"" | "code" | "name" | "book" | "code, book"} Then what follows when it is saved: nothing, a new code, the person's name, a booking */

/** Radio groups whose value is the contact's field of the same name. */
const CHOICES = /** @type {const} */ (["gender", "age_band", "result", "first_time", "interpreter", "talk_language"]);

export class ContactForm {
  /** @type {Contact | null} */
  #contact = null;
  /** @type {Contact | null} as it was before the first touch */
  #opened = null;
  /** @type {ContactRow | null} the kept contact that is being corrected */
  #row = null;
  /** @type {{contact: Contact, body: ContactBody} | null} the last try, so that trying again sends the same */
  #tried = null;
  /** The id of the code that this contact may be given: however often it is tried, one is made. */
  #codeId = "";
  #saving = false;
  /** What was put to its author to be corrected, when this is that. */
  #amending = "";

  /**
   * @param {import("./data.js").FieldData} data
   * @param {{saved: (row: ContactRow, wasCorrection: boolean, then: Then) => void, shift: () => import("./data.js").Shift | null,
   *   written: (contact: Contact, row: ContactRow | null) => void, closed: () => void}} wishes
   *   written: something was changed in what is being written; closed: it is not being written any more
   */
  constructor(data, wishes) {
    this.codes = data.codes;
    this.wishes = wishes;
    this.element = byId("contact-form", HTMLFormElement);
    this.whom = new Whom(data, {
      contact: () => this.#contact,
      change: (changed) => this.#change(changed, "whom"),
      mayIdentify: () => mayIdentify(data, wishes.shift()),
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    byId("give-code", HTMLButtonElement).addEventListener("click", () => void this.save("code"));
    byId("write-in", HTMLButtonElement).addEventListener("click", () => void this.save("name"));
    // Somebody who is booked is somebody who can be known again: by a code, where there is no name.
    byId("book", HTMLButtonElement).addEventListener("click", () => void this.save(this.#contact?.whom === "nobody" ? "code, book" : "book"));
    this.#listen();
  }

  get isOpen() {
    return this.#contact !== null;
  }

  /** Whether something was written that would be lost with the page. */
  get isTouched() {
    return this.#contact !== this.#opened || Boolean(this.#contact?.participant_id || this.#contact?.recognition_code);
  }

  /** @param {Contact} contact @param {import("./whom.js").Known} [known] what was told of whom it is with */
  open(contact, known = {}) {
    this.#start(contact, null, known);
  }

  /** @param {ContactRow} row */
  correct(row) {
    this.#start(fromRow(row), row, {});
  }

  /** Writes anew what could not be taken in as it was. @param {import("./attention.js").Item} item */
  amend({ id, facts }) {
    const row = /** @type {ContactRow} */ ({ headcount: 1, topics: [], signposted_to: [], minutes: null, ...facts });
    this.#start({ ...fromRow(row), when: { kind: "instant", at: row.occurred_at } }, null, {});
    this.#amending = id;
  }

  /** Goes on with what was half written. @param {import("./drafts.js").Draft} draft */
  restore({ contact, row }) {
    this.#start(contact, row, {});
  }

  /** It is saved: what was kept of it while it was being written is done with. */
  close() {
    this.putAway();
    this.wishes.closed();
  }

  /** Takes it off the screen; what was written so far is kept elsewhere. */
  putAway() {
    this.#contact = null;
    this.#opened = null;
    this.#tried = null;
    this.#row = null;
    this.element.reset();
    this.whom.end();
  }

  /** @param {Contact} contact @param {ContactRow | null} row @param {import("./whom.js").Known} known */
  #start(contact, row, known) {
    this.#contact = contact;
    this.#opened = contact;
    this.#row = row;
    this.#tried = null;
    this.#amending = "";
    this.#codeId = uuid7();
    this.whom.start(contact, known);
    forgetSaved();
    this.#showFaults([]);
    byId("save-fault", HTMLElement).textContent = "";
    for (const fold of every(this.element, "details", HTMLDetailsElement)) fold.open = false;
    byId("who", HTMLDetailsElement).open = !contact.gender || !contact.age_band;
    byId("headcount", HTMLInputElement).value = String(contact.headcount);
    byId("minutes", HTMLInputElement).value = contact.minutes === null ? "" : String(contact.minutes);
    byId("when-date", HTMLInputElement).value = "";
    byId("when-time", HTMLInputElement).value = "";
    this.#paint();
  }

  /** @param {Partial<Contact>} changed @param {string} [field] whose fault is thereby looked into */
  #change(changed, field = Object.keys(changed)[0] ?? "") {
    if (!this.#contact) return;
    this.#contact = { ...this.#contact, ...changed };
    this.wishes.written(this.#contact, this.#row);
    this.#showFault(field, "");
    this.#paint();
  }

  #listen() {
    const { element } = this;
    for (const name of CHOICES) {
      for (const input of every(element, `input[name="${name}"]`, HTMLInputElement)) {
        input.addEventListener("change", () => this.#change({ [name]: input.value }));
      }
    }
    for (const tile of every(element, "[data-topic]", HTMLButtonElement)) {
      tile.addEventListener("click", () => this.#toggle("topics", tile.dataset.topic ?? "", TOPICS_AT_MOST, "faultTopicsMany"));
    }
    for (const tile of every(element, "[data-target]", HTMLButtonElement)) {
      tile.addEventListener("click", () => this.#toggle("signposted_to", tile.dataset.target ?? "", TARGETS_AT_MOST, "faultTargetsMany"));
    }
    const more = document.getElementById("talk-language-more");
    if (more instanceof HTMLSelectElement) more.addEventListener("change", () => this.#change({ talk_language: more.value || "sv" }));
    const type = byId("contact-type", HTMLSelectElement);
    type.addEventListener("change", () => this.#change({ contact_type: type.value }));
    const minutes = byId("minutes", HTMLInputElement);
    minutes.addEventListener("input", () => this.#change({ minutes: minutes.value.trim() || minutes.validity.badInput ? minutes.valueAsNumber : null }));
    this.#listenToHeadcount();
    this.#listenToWhen();
    byId("turn", HTMLButtonElement).addEventListener("click", () => {
      openTurned(this.#contact?.topics ?? [], (topics) => this.#change({ topics }));
    });
  }

  #listenToHeadcount() {
    const input = byId("headcount", HTMLInputElement);
    input.addEventListener("input", () => this.#change({ headcount: input.valueAsNumber }));
    for (const button of every(this.element, "[data-step]", HTMLButtonElement)) {
      button.addEventListener("click", () => {
        input.value = String(Math.max(2, (input.valueAsNumber || 0) + Number(button.dataset.step)));
        this.#change({ headcount: input.valueAsNumber });
      });
    }
  }

  #listenToWhen() {
    const date = byId("when-date", HTMLInputElement);
    const time = byId("when-time", HTMLInputElement);
    const exact = () => this.#change({ when: { kind: "clock", date: date.value, time: time.value } }, "occurred_at");
    for (const input of every(this.element, 'input[name="when"]', HTMLInputElement)) {
      input.addEventListener("change", () => {
        if (input.value === "now") return this.#change({ when: { kind: "ago", minutes: 0 } }, "occurred_at");
        if (/^\d+$/.test(input.value)) return this.#change({ when: { kind: "ago", minutes: Number(input.value) } }, "occurred_at");
        const today = localDate(new Date());
        date.max = today;
        date.min = localDate(new Date(Date.now() - DAYS_BACK * 86_400_000));
        date.value = input.value === "today" ? today : "";
        exact();
        (input.value === "today" ? time : date).focus();
      });
    }
    date.addEventListener("change", exact);
    time.addEventListener("change", exact);
  }

  /** @param {"topics" | "signposted_to"} field @param {string} code @param {number} atMost @param {string} full */
  #toggle(field, code, atMost, full) {
    if (!this.#contact) return;
    const before = this.#contact[field];
    const after = toggled(before, code, atMost);
    this.#change({ [field]: after }, field);
    if (after === before) this.#showFault(field, words(full));
  }

  #paint() {
    const contact = this.#contact;
    if (!contact) return;
    const { element } = this;
    this.#paintTitle(contact);
    for (const name of CHOICES) {
      for (const input of every(element, `input[name="${name}"]`, HTMLInputElement)) input.checked = input.value === contact[name];
    }
    for (const tile of every(element, "[data-topic]", HTMLButtonElement)) {
      tile.ariaPressed = String(contact.topics.includes(tile.dataset.topic ?? ""));
    }
    for (const tile of every(element, "[data-target]", HTMLButtonElement)) {
      tile.ariaPressed = String(contact.signposted_to.includes(tile.dataset.target ?? ""));
    }
    byId("contact-type", HTMLSelectElement).value = contact.contact_type;
    const more = document.getElementById("talk-language-more");
    if (more instanceof HTMLSelectElement) {
      more.value = contact.talk_language;
      if (more.selectedIndex < 0) more.value = "";
    }
    byId("who", HTMLElement).hidden = isGroup(contact);
    byId("headcount-field", HTMLElement).hidden = !isGroup(contact);
    byId("first-field", HTMLElement).hidden = isGroup(contact);
    byId("topics-field", HTMLElement).hidden = isBrief(contact);
    byId("targets-field", HTMLElement).hidden = contact.result !== "signposted";
    byId("hint-kaa", HTMLElement).hidden = isGroup(contact) || contact.age_band !== "16-17";
    byId("hint-young", HTMLElement).hidden = isGroup(contact) || contact.age_band !== "18-29";
    this.#paintWhen(contact);
    this.whom.paint(contact, this.#row !== null);
  }

  /** @param {Contact} contact */
  #paintTitle(contact) {
    const title = byId("form-title", HTMLElement);
    const known = isGroup(contact) || (contact.gender && contact.age_band);
    const what = isGroup(contact) ? words("group") : known ? who(this.codes, { ...contact, contact_type: "" }) : words("askWho");
    title.textContent = this.#row ? words("changing", { what }) : what;
  }

  /** @param {Contact} contact */
  #paintWhen({ when }) {
    const value = when.kind === "ago" ? (when.minutes ? String(when.minutes) : "now") : "";
    for (const input of every(this.element, 'input[name="when"]', HTMLInputElement)) {
      if (when.kind !== "clock") input.checked = input.value === value;
    }
    const chosen = this.element.querySelector('input[name="when"]:checked');
    const exact = chosen instanceof HTMLInputElement ? chosen.value : "";
    byId("when-day", HTMLElement).hidden = exact !== "day";
    byId("when-clock", HTMLElement).hidden = exact !== "day" && exact !== "today";
    byId("when-text", HTMLElement).textContent = whenInWords(when);
  }

  /** Shows every fault beside its field and in the summary, and takes the reader there. @param {{field: string, text: string}[]} found */
  #showFaults(found) {
    for (const place of every(this.element, "[data-error]", HTMLElement)) this.#showFault(place.dataset.error ?? "", "");
    for (const { field, text } of found) this.#showFault(field, text);
    const summary = byId("form-errors", HTMLElement);
    summary.hidden = found.length === 0;
    one(summary, "ul", HTMLUListElement).replaceChildren(
      ...found.map(({ field, text }) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = `#error-${field}`;
        link.textContent = text;
        link.addEventListener("click", (event) => {
          event.preventDefault();
          this.#goTo(field);
        });
        item.append(link);
        return item;
      }),
    );
    if (found.length) summary.focus();
  }

  /** @param {string} field @param {string} text empty to take it away */
  #showFault(field, text) {
    const place = document.getElementById(`error-${field}`);
    const group = this.element.querySelector(`[data-field="${field}"]`);
    if (!place || !(group instanceof HTMLElement)) return;
    place.textContent = text;
    place.hidden = !text;
    group.toggleAttribute("data-invalid", Boolean(text));
    if (text) group.setAttribute("aria-describedby", place.id);
    else group.removeAttribute("aria-describedby");
  }

  /** @param {string} field */
  #goTo(field) {
    const group = this.element.querySelector(`[data-field="${field}"]`);
    const fold = group?.closest("details");
    if (fold) fold.open = true;
    group?.scrollIntoView({ block: "center" });
    const first = group?.querySelector("input, button, select");
    if (first instanceof HTMLElement) first.focus();
  }

  /** Saves once, however often it is asked while the first try is under way. @param {Then} [then] */
  async save(then = "") {
    if (this.#saving || !this.#contact) return;
    const contact = this.#contact;
    const now = new Date();
    byId("save-fault", HTMLElement).textContent = "";
    const found = [...faults(settled(contact), now), ...this.whom.faults(settled(contact))];
    this.#showFaults(found.map(({ field, words: name }) => ({ field, text: words(name) })));
    if (found.length) return;
    this.#saving = true;
    const button = byId("save", HTMLButtonElement);
    button.ariaBusy = "true";
    const row = this.#row;
    const answer = await whileSending(
      insist(() => this.#send(contact, now, then)),
      () => void this.save(then),
    ).finally(() => {
      this.#saving = false;
      button.ariaBusy = null;
    });
    if (answer.ok) this.wishes.saved(answer.row, row !== null, then);
    else this.#explain(answer);
  }

  /**
   * Sends the contact; one that is to have a new code is sent when there is one.
   * @param {Contact} contact @param {Date} now @param {Then} then
   * @returns {Promise<import("./sending.js").Answer<ContactRow>>}
   */
  async #send(contact, now, then) {
    const row = this.#row;
    if (row) return changeContact(row, changes(row, this.#bodyToSend(contact, now)));
    if (this.#amending) return this.#amended(this.#amending, this.#bodyToSend(contact, now));
    return createContact(this.#bodyToSend(contact, now), then.startsWith("code") ? this.#codeId : "", this.whom.named(settled(contact)));
  }

  /** @param {string} id @param {ContactBody} body @returns {Promise<import("./sending.js").Answer<ContactRow>>} */
  async #amended(id, body) {
    const { id: _id, ...changes } = body;
    const answer = await decide(id, "apply", changes);
    if (!answer.ok) return answer;
    return { ok: true, row: { ...body, signposted_to: body.signposted_to ?? [], minutes: body.minutes ?? null, version: 1, voided_at: null, identity: "anonymous" } };
  }

  /** A second try of the same contact keeps its time, so that the server knows it again. @param {Contact} contact @param {Date} now */
  #bodyToSend(contact, now) {
    const tried = this.#tried;
    const body = toBody(settled(contact), now);
    if (tried && JSON.stringify(tried.contact.when) === JSON.stringify(contact.when)) body.occurred_at = tried.body.occurred_at;
    this.#tried = { contact, body };
    return body;
  }

  /** @param {Extract<import("./sending.js").Answer<ContactRow>, {ok: false}>} answer */
  #explain({ reason, problem }) {
    const fault = byId("save-fault", HTMLElement);
    if (reason === "stale") {
      const row = this.#row;
      if (row) {
        const now = /** @type {ContactRow} */ ({ ...row, ...problem.current });
        // Only its version is taken over: what is sent is what was changed here, and the rest of the other change stays.
        this.#row = { ...row, version: now.version };
        fault.textContent = words("stale", { what: whole(this.codes, now) });
      }
      return;
    }
    const named = (problem.errors ?? []).map(({ pointer, detail }) => ({ field: fieldAt(pointer), text: detail }));
    if (reason === "invalid" && named.length) {
      this.#showFaults(named);
      return;
    }
    // What was opened because the person was here is open no more.
    if (problem.type?.endsWith("/reason-required")) void this.whom.choose(this.#contact?.participant_id);
    const sentence = { locked: "sessionLocked", "signed-out": "sessionOver" }[/** @type {string} */ (reason)];
    fault.textContent = sentence ? words(sentence) : why({ reason, problem }, "network");
  }
}

/** The field of the form that a pointer of the server is about. @param {string} pointer */
function fieldAt(pointer) {
  const name = pointer.split("/")[1] ?? "";
  return name === "recognition_code" || name === "participant_id" ? "whom" : name;
}

/** @param {import("./time.js").When} when */
function whenInWords(when) {
  if (when.kind === "ago") return when.minutes ? words("whenAgo", { minutes: when.minutes }) : words("whenNow");
  const now = new Date();
  const at = instantOf(when, now);
  if (!at) return "…";
  if (localDate(at) === localDate(now)) return words("whenToday", { time: clock(at) });
  const day = at.toLocaleDateString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short", timeZone: ZONE });
  return words("whenDay", { day, time: clock(at) });
}
