/** How a contact is said in one line: "Kvinna 30–44", "CV och ansökan, Praktik". */
import { label, words } from "./data.js";

/** @typedef {Pick<import("./data.js").ContactRow, "contact_type" | "headcount" | "gender" | "age_band" | "topics" | "result">} Sayable */
/** @typedef {import("./data.js").FieldData["codes"]} Codes */

/** @param {Codes} codes @param {Sayable} contact */
export function who(codes, contact) {
  if (contact.contact_type === "group") return words("groupOf", { count: contact.headcount });
  if (contact.contact_type === "brief") return words(contact.result === "declined_support" ? "refused" : "brief");
  // Of somebody who is known, the list of the day tells no more than that.
  if (!contact.gender && !contact.age_band) return words("knownPerson");
  return `${label(codes.gender, contact.gender)} ${label(codes.age_band, contact.age_band)}`;
}

/** @param {Codes} codes @param {Sayable} contact */
export function about(codes, contact) {
  return contact.topics.map((topic) => label(codes.topic, topic)).join(", ");
}

/**
 * What stands in the way, in words.
 * @param {{reason: import("./sending.js").Reason, problem: import("./sending.js").Problem}} refusal
 * @param {"networkTap" | "network"} [network] the sentence for when nobody answers
 */
export function why({ reason, problem }, network = "networkTap") {
  if (problem.words) return words(problem.words);
  if (reason === "network") return words(network);
  return problem.errors?.[0]?.detail ?? problem.detail ?? problem.title ?? words("refusedByServer");
}

/** @param {Codes} codes @param {Sayable} contact */
export function whole(codes, contact) {
  return [who(codes, contact), about(codes, contact)].filter(Boolean).join(", ");
}
