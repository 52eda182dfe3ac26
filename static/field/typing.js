/**
 * A code while it is being typed: which words are there, which may be meant, and what is wrong, told at once.
 *
 * @typedef {import("./recognition.js").Code} Code
 * @typedef {import("./recognition.js").Word} Word
 * @typedef {import("./recognition.js").Words} Words
 *
 * @typedef {{words: Word[], check: string, text: string}} Offer what is shown, and the text that it makes of the field
 *
 * @typedef {object} Typing
 * @property {Word[]} words those that are known so far, in their order
 * @property {Code | null} code when it is whole and right
 * @property {"" | "strangers" | "apart" | "high" | "shape" | "digits"} say what to tell; digits: only they are missing
 * @property {number[]} places of the strangers
 * @property {Offer[]} offers
 */
import { isNumber, partsOf } from "./recognition.js";

const OFFERS_AT_MOST = 6;
/** Fewer letters say nothing about what was meant. */
const LETTERS_TO_GUESS = 3;

/**
 * @param {Words} list
 * @param {string} typed
 * @returns {Typing}
 */
export function typing(list, typed) {
  const text = typed.normalize("NFC");
  const parts = partsOf(text);
  const written = parts.filter((part) => !isNumber(part));
  const read = list.read(text);
  /** @type {Typing} */
  const now = { words: known(list, parts, written), code: null, say: "", places: [], offers: [] };
  if (!("fault" in read)) return { ...now, words: read.words, code: read };
  if (read.fault === "high") return { ...now, say: "high", places: read.places };
  if (read.fault === "apart") {
    return { ...now, say: "apart", offers: read.meant.map(({ words, check, text: meant }) => ({ words, check, text: meant })) };
  }
  const isOpen = /\p{L}$/u.test(text);
  const at = written.findIndex((word, place) => !list.byWord.has(word) && !(isOpen && place === written.length - 1));
  if (at >= 0) return { ...now, say: "strangers", places: [at + 1], offers: put(text, at, list.nearest(written[at] ?? "")) };
  if (isOpen) return { ...now, ...openWord(list, text, written) };
  if (written.length > 3) return { ...now, say: "shape" };
  return { ...now, say: written.length === 3 ? "digits" : "" };
}

/** The word that is being written: how it may go on, or what it may be meant to be. @param {Words} list @param {string} text @param {string[]} written */
function openWord(list, text, written) {
  const at = written.length - 1;
  const word = written[at] ?? "";
  const going = list.beginning(word, OFFERS_AT_MOST);
  if (going.length || word.length < LETTERS_TO_GUESS) return { offers: put(text, at, going) };
  return { say: /** @type {const} */ ("strangers"), places: [at + 1], offers: put(text, at, list.nearest(word)) };
}

/** The words that are there: written, or by their numbers. @param {Words} list @param {string[]} parts @param {string[]} written @returns {Word[]} */
function known(list, parts, written) {
  if (written.length) return written.flatMap((word) => list.byWord.get(word) ?? []).slice(0, 3);
  const digits = parts.join("").slice(0, 9);
  return (digits.match(/[0-9]{3}/g) ?? []).flatMap((number) => list.all[Number(number)] ?? []);
}

/** Offers that put each of the words in the place of one that was written. @param {string} text @param {number} at @param {Word[]} words @returns {Offer[]} */
function put(text, at, words) {
  const place = [...text.matchAll(/\p{L}+/gu)][at];
  if (!place) return [];
  const [before, after] = [text.slice(0, place.index), text.slice(place.index + place[0].length)];
  return words.map((word) => ({ words: [word], check: "", text: `${before}${word.word.toUpperCase()}${after || " "}` }));
}
