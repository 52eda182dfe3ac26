/**
 * "Att rätta": what was written here and the server could not simply take in. Nothing of it is lost: each says why, and
 * what can be done about it. The list is kept, sealed to its author, so that it can be read without a network too.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./pull.js").Attention} Attention
 * @typedef {{label: string, said: string, now: string}} Side one thing that two have told differently, in words
 * @typedef {Attention & {current?: Partial<ContactRow> | null, sides?: Side[]}} Item current: how it stands now, when
 *   that is what it is about
 */
import { here } from "./asking.js";
import { byId, every, one, words } from "./data.js";
import { whole, why } from "./saying.js";
import { open, seal } from "./sealing.js";
import { insist } from "./session.js";
import { keep } from "./store.js";
import { clock } from "./time.js";
import { personHere, readerNow } from "./watch.js";

const bound = (/** @type {string} */ author) => `outreach-attention|${author}`;

/** Keeps what the server last said of what waits for somebody. @param {string} author @param {Attention[]} items */
export async function keepAttention(author, items) {
  const person = await personHere(author);
  if (!person) return;
  const attention = items.length ? await seal(person.public, bound(author), items) : null;
  await keep(async (transaction) => {
    const now = await transaction.objectStore("people").get(author);
    if (now) await transaction.objectStore("people").put({ ...now, attention });
  });
}

/** @returns {Promise<Item[]>} what was kept for whoever has the screen open */
async function kept() {
  const reader = readerNow();
  if (!reader?.key) return [];
  const person = await personHere(reader.id);
  return person?.attention ? open(reader.key, bound(reader.id), person.attention) : [];
}

export class AttentionView {
  /**
   * @param {import("./data.js").FieldData} data
   * @param {{correct: (item: Item) => void, decided: () => void}} wishes correct: open its contact in the form;
   *   decided: something is done with
   */
  constructor(data, wishes) {
    this.codes = data.codes;
    this.wishes = wishes;
  }

  /** Shows what there is: at once what was kept, then what the server says. */
  async show() {
    const reader = readerNow()?.id;
    const list = await kept();
    if (readerNow()?.id !== reader) return;
    this.#list(list, false);
    const answer = await insist(() => here("GET", "/api/v1/sync/review"));
    if (readerNow()?.id !== reader) return;
    byId("attention-away", HTMLElement).hidden = answer.ok;
    if (answer.ok) this.#list(answer.row.items, true);
  }

  /** @param {Item[]} items @param {boolean} mayDecide */
  #list(items, mayDecide) {
    byId("attention-empty", HTMLElement).hidden = items.length > 0;
    byId("attention-list", HTMLUListElement).replaceChildren(...items.map((item) => this.#row(item, mayDecide)));
  }

  /** @param {Item} item @param {boolean} mayDecide */
  #row(item, mayDecide) {
    const row = one(document.importNode(byId("attention-row", HTMLTemplateElement).content, true), "li", HTMLLIElement);
    const isConflict = item.kind === "conflict";
    const contact = /** @type {ContactRow | null} */ (item.current ?? (item.facts?.gender ? item.facts : null));
    one(row, ".attention__what > strong", HTMLElement).textContent = contact ? whole(this.codes, { ...BARE, ...contact }) : item.title;
    one(row, ".attention__what > span", HTMLElement).textContent = clock(new Date(contact?.occurred_at ?? item.at));
    one(row, ".attention__why", HTMLElement).textContent = [...(contact ? [`${item.title}.`] : []), item.detail, ...(item.errors ?? []).map(({ detail }) => detail)].join(" ");
    if (isConflict) this.#both(row, item);
    const labels = isConflict ? { apply: "attentionMine", discard: "attentionTheirs" } : { apply: "attentionAgain", discard: "attentionDrop" };
    for (const button of every(row, "button[data-decide]", HTMLButtonElement)) {
      const what = /** @type {"correct" | "apply" | "discard"} */ (button.dataset.decide);
      button.hidden = !mayDecide || (what === "correct" && (isConflict || item.type !== "contact.create" || !item.facts)) || (what === "apply" && !isConflict && item.type === "contact.create");
      if (what !== "correct") one(button, "span", HTMLElement).textContent = words(labels[what]);
      button.addEventListener("click", () => (what === "correct" ? this.wishes.correct(item) : void this.#decide(row, item, what)));
    }
    return row;
  }

  /** @param {HTMLLIElement} row @param {Item} item */
  #both(row, item) {
    const sides = item.sides ?? [];
    const list = one(row, ".attention__both", HTMLElement);
    list.replaceChildren(...sides.map((side) => this.#side(side)));
    list.hidden = !sides.length;
    one(row, ".attention__gone", HTMLElement).hidden = !item.current?.voided_at;
  }

  /** @param {Side} side */
  #side({ label, said, now }) {
    const pair = one(document.importNode(byId("attention-side", HTMLTemplateElement).content, true), "div", HTMLDivElement);
    one(pair, "dt", HTMLElement).textContent = label;
    one(pair, "[data-mine]", HTMLElement).textContent = said;
    one(pair, "[data-theirs]", HTMLElement).textContent = now;
    return pair;
  }

  /** @param {HTMLLIElement} row @param {Item} item @param {"apply" | "discard"} decision */
  async #decide(row, item, decision) {
    const buttons = every(row, "button", HTMLButtonElement);
    for (const button of buttons) button.disabled = true;
    const answer = await decide(item.id, decision);
    for (const button of buttons) button.disabled = false;
    if (!answer.ok) {
      one(row, ".save-bar__fault", HTMLElement).textContent = why(answer);
      return;
    }
    this.wishes.decided();
    await this.show();
    byId("attention-title", HTMLElement).focus();
  }
}

/**
 * @param {string} id @param {"apply" | "discard"} decision @param {object} [changes]
 * @returns {Promise<import("./sending.js").Answer<any>>}
 */
export function decide(id, decision, changes) {
  return insist(() => here("POST", `/api/v1/sync/review/${id}/decide`, { decision, ...(changes && { changes }) }));
}

/** What a contact is said by, where only some of it was told. */
const BARE = /** @type {const} */ ({ contact_type: "", headcount: 1, gender: "", age_band: "", topics: [], result: "" });
