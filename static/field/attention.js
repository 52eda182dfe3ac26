/**
 * "Att rätta": what was written here and the server could not simply take in. Nothing of it is lost: each says why, and
 * what can be done about it. The list is kept, sealed to its author, so that it can be read without a network too.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./pull.js").Attention} Attention
 * @typedef {Attention & {current?: Partial<ContactRow> | null}} Item current: how it stands now, when that is what it is about
 */
import { here } from "./asking.js";
import { byId, every, one, words } from "./data.js";
import { about, whole, why } from "./saying.js";
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
    one(row, ".attention__what > strong", HTMLElement).textContent = item.facts?.gender ? whole(this.codes, /** @type {ContactRow} */ (item.facts)) : item.title;
    one(row, ".attention__what > span", HTMLElement).textContent = clock(new Date(item.at));
    one(row, ".attention__why", HTMLElement).textContent = item.detail || item.title;
    one(row, ".attention__both", HTMLElement).hidden = !isConflict || !item.current;
    if (isConflict && item.current) this.#both(row, item);
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
    const said = (/** @type {Partial<ContactRow> | null | undefined} */ facts) => inWords(this.codes, { ...item.current, ...facts });
    one(row, "[data-mine]", HTMLElement).textContent = said(item.facts);
    one(row, "[data-theirs]", HTMLElement).textContent = item.current?.voided_at ? words("attentionGone") : said(null);
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

/** @param {import("./saying.js").Codes} codes @param {Partial<ContactRow>} facts */
function inWords(codes, facts) {
  const contact = /** @type {ContactRow} */ ({ contact_type: "", headcount: 1, gender: "", age_band: "", topics: [], result: "", ...facts });
  const result = codes.contact_result.find(({ code }) => code === contact.result)?.label;
  return [whole(codes, { ...contact, topics: [] }), about(codes, contact), result].filter(Boolean).join(" · ");
}
