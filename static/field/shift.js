/** The shift one works in: what the head says about it, and choosing or starting one. */
import { beginShift, startShift } from "./capture.js";
import { byId, every, label, NOBODY, one, words } from "./data.js";
import { why } from "./saying.js";
import { insist } from "./session.js";
import { whileSending } from "./strip.js";
import { clock, withOffset } from "./time.js";
import { uuid7 } from "./uuid.js";

/** @typedef {import("./data.js").Shift} Shift */

/** @param {Shift} shift @returns {string} "10:00–16:00", or "från 10:00" while nobody knows when it ends */
function hours({ starts_at, ends_at }) {
  const from = clock(new Date(starts_at));
  return ends_at ? `${from}–${clock(new Date(ends_at))}` : words("hoursFrom", { from });
}

export class ShiftView {
  /** @type {Pick<Shift, "id" | "starts_at"> | null} so that a second try starts the same shift */
  #tried = null;
  #busy = false;

  /**
   * @param {import("./data.js").FieldData} data
   * @param {{chosen: (shift: Shift) => void}} wishes
   */
  constructor(data, wishes) {
    this.data = data;
    this.wishes = wishes;
    const form = byId("start-shift", HTMLFormElement);
    for (const site of every(form, 'input[name="site"]', HTMLInputElement)) {
      site.addEventListener("change", () => this.#showActivities(site.value));
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#startNow(form);
    });
    this.take(data.own ?? NOBODY);
  }

  /** Shows what there is for whoever works here now. @param {import("./data.js").Work} work */
  take({ planned_shifts, sites }) {
    this.#plan(planned_shifts);
    this.#offer(byId("start-shift", HTMLFormElement), sites);
  }

  /** Draws the shifts that were planned. @param {Shift[]} shifts */
  #plan(shifts) {
    byId("planned", HTMLElement).hidden = shifts.length === 0;
    const tiles = shifts.map((shift) => {
      const tile = one(byId("planned-shift", HTMLTemplateElement).content, "button", HTMLButtonElement).cloneNode(true);
      if (!(tile instanceof HTMLButtonElement)) throw new Error("a copy is of another kind");
      one(tile, "[data-planned-site]", HTMLElement).textContent = shift.site_label;
      one(tile, "[data-planned-hours]", HTMLElement).textContent = `${hours(shift)} · ${this.#activityLabel(shift)}`;
      tile.addEventListener("click", () => void this.#start(shift, () => beginShift(shift.id)));
      return tile;
    });
    byId("planned-shifts", HTMLElement).replaceChildren(...tiles);
  }

  /** Shows one's own places; the only one is chosen already. @param {HTMLFormElement} form @param {string[]} own */
  #offer(form, own) {
    const offered = every(form, 'input[name="site"]', HTMLInputElement).filter((site) => {
      const tile = site.closest("label");
      if (tile) tile.hidden = !own.includes(site.value);
      return own.includes(site.value);
    });
    const [only, ...others] = offered;
    if (!only || others.length > 0) return;
    only.checked = true;
    this.#showActivities(only.value);
  }

  /** Tells in the head which shift is running. @param {Shift | null} shift */
  show(shift) {
    const menu = byId("shift-menu", HTMLDetailsElement);
    menu.hidden = !shift;
    menu.open = false;
    if (!shift) return;
    const texts = { site_label: shift.site_label, activity_label: this.#activityLabel(shift), hours: hours(shift) };
    for (const [name, text] of Object.entries(texts)) {
      for (const place of every(document, `[data-shift="${name}"]`, HTMLElement)) place.textContent = text;
    }
    for (const link of every(document, "a[data-shift-link]", HTMLAnchorElement)) {
      link.href = (link.dataset.shiftLink ?? "").replace("{id}", shift.id);
    }
  }

  /** @param {Pick<Shift, "site" | "activity">} shift */
  #activityLabel({ site, activity }) {
    return label(this.data.sites.find(({ code }) => code === site)?.activities ?? [], activity);
  }

  /** @param {string} site */
  #showActivities(site) {
    for (const group of every(document, "[data-activities]", HTMLElement)) {
      group.hidden = group.dataset.activities !== site || (this.data.sites.find(({ code }) => code === site)?.activities.length ?? 0) < 2;
    }
    this.#say("error-site", "");
  }

  /** @param {HTMLFormElement} form */
  #startNow(form) {
    const chosen = new FormData(form);
    const site = this.data.sites.find(({ code }) => code === chosen.get("site"));
    if (!site) {
      this.#say("error-site", words("faultSite"));
      form.querySelector("input")?.focus();
      return;
    }
    this.#tried ??= { id: uuid7(), starts_at: withOffset(new Date()) };
    const body = { ...this.#tried, site: site.code, activity: String(chosen.get(`activity-${site.code}`)) };
    void this.#start({ ...body, site_label: site.label, ends_at: null }, () => startShift(body));
  }

  /** @param {Shift} shift @param {() => ReturnType<typeof startShift>} send */
  async #start(shift, send) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("shift-fault", "");
    const answer = await whileSending(insist(send)).finally(() => {
      this.#busy = false;
    });
    if (answer.ok) {
      this.#tried = null;
      this.wishes.chosen({ ...shift, ...answer.row });
    } else {
      this.#say("shift-fault", why(answer));
    }
  }

  /** @param {string} id @param {string} text */
  #say(id, text) {
    const place = byId(id, HTMLElement);
    place.textContent = text;
    if (place.dataset.error) place.hidden = !text;
  }
}
