/**
 * The words of a recognition code: reading what was typed or scanned, and telling at once what is wrong with it. The
 * same rule as outreach/contacts/recognition.py, which says why it is so; tests hold the two against each other.
 *
 * @typedef {object} Word a word of the list with its picture; its number is its place
 * @property {number} number
 * @property {string} word
 * @property {string} emoji
 *
 * @typedef {object} Code three words in their order
 * @property {Word[]} words
 * @property {string} check the two digits
 * @property {string} text as it is written, stored and put into its QR: `KATT-SOL-RING-74`
 * @property {string} digits the same in digits alone
 *
 * @typedef {{fault: "shape"} | {fault: "strangers", places: number[], near: Word[]} | {fault: "high", places: number[]}
 *   | {fault: "apart", meant: Code[]}} Fault
 *   shape: not three words and two digits, nor eleven digits · strangers: there are no such words, counted from 1 ·
 *   high: there are no such numbers · apart: words and digits do not belong together, meant are codes that may do
 */

const MODULUS = 485;
const WEIGHTS = [1, 2, 3];
/** What each weight is multiplied with to be 1, modulo MODULUS. */
const UNDOING = [1, 243, 162];
const LIKE = 2;
const MOST_ALIKE = 3;
const LONGEST_WORD = 12;
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

export class Words {
  /** @param {string} list words.txt: a word and its picture on each line, in the order of their numbers */
  constructor(list) {
    this.all = list
      .trim()
      .split("\n")
      .map((line, number) => {
        const [word = "", emoji = ""] = line.split(" ");
        return { number, word, emoji };
      });
    this.byWord = new Map(this.all.map((each) => [each.word, each]));
  }

  /**
   * The code that was typed or scanned, as words or as digits, whatever stands between them; or what is wrong.
   * @param {string} text
   * @returns {Code | Fault}
   */
  read(text) {
    const parts = partsOf(text);
    const words = parts.filter((part) => !isNumber(part));
    const rest = parts.filter(isNumber).join("");
    if (words.length === 0) return /^[0-9]{11}$/.test(rest) ? this.#numbered(rest) : { fault: "shape" };
    const inOrder = parts.slice(0, words.length).every((part) => !isNumber(part));
    if (words.length !== 3 || !inOrder || !/^[0-9]{2}$/.test(rest)) return { fault: "shape" };
    const known = words.map((word) => this.byWord.get(word));
    const strangers = words.flatMap((_, at) => (known[at] ? [] : [at]));
    if (strangers.length === 0) return this.#checked(known.filter((word) => word !== undefined), rest);
    return { fault: "strangers", places: strangers.map((at) => at + 1), near: strangers.flatMap((at) => this.nearest(words[at] ?? "")) };
  }

  /** @param {string} digits eleven @returns {Code | Fault} */
  #numbered(digits) {
    const numbers = [0, 3, 6].map((from) => Number(digits.slice(from, from + 3)));
    const places = numbers.flatMap((number, at) => (number < this.all.length ? [] : [at + 1]));
    if (places.length) return { fault: "high", places };
    return this.#checked(numbers.flatMap((number) => this.all[number] ?? []), digits.slice(9));
  }

  /** @param {Word[]} words @param {string} check @returns {Code | Fault} */
  #checked(words, check) {
    return isCode(words, check) ? codeOf(words) : { fault: "apart", meant: this.#meant(words, check).slice(0, MOST_ALIKE) };
  }

  /**
   * The codes with these digits that one slip leads from: an order, or one like word.
   * @param {Word[]} words @param {string} check
   */
  #meant(words, check) {
    const slips = ORDERS.map((order) => order.flatMap((at) => words[at] ?? []));
    words.forEach(({ word, number }, place) => {
      // The other words and the digits leave one word for the place.
      const others = sum(words) - number * (WEIGHTS[place] ?? 0);
      const wanted = this.all[modulo((Number(check) - others) * (UNDOING[place] ?? 0))];
      if (wanted && distance(wanted.word, word) <= LIKE) slips.push(words.map((each, at) => (at === place ? wanted : each)));
    });
    const found = slips.filter((each) => isCode(each, check)).map(codeOf);
    return found.filter((code, at) => found.findIndex(({ text }) => text === code.text) === at);
  }

  /** The words most like what was typed, the likest first: at most three. @param {string} typed @returns {Word[]} */
  nearest(typed) {
    const plain = typed.normalize("NFD").replace(/\p{M}/gu, "");
    if ([...plain].length > LONGEST_WORD) return [];
    return this.all
      .filter(({ word }) => Math.abs(word.length - [...plain].length) <= LIKE)
      .map((word) => ({ word, slips: distance(plain, word.word) }))
      .filter(({ slips }) => slips <= LIKE)
      .sort((a, b) => a.slips - b.slips || a.word.number - b.word.number)
      .slice(0, MOST_ALIKE)
      .map(({ word }) => word);
  }

  /** The words that begin so, at most so many. @param {string} start @param {number} atMost @returns {Word[]} */
  beginning(start, atMost) {
    return this.all.filter(({ word }) => word.startsWith(start)).slice(0, atMost);
  }

  /** The code as it is written, as the server keeps it. @param {string} text @returns {Code} */
  known(text) {
    const code = this.read(text);
    if ("fault" in code) throw new Error("a code that was kept cannot be read");
    return code;
  }
}

/** What stands between the gaps: words and numbers, in lower case. @param {string} text @returns {string[]} */
export function partsOf(text) {
  return text.normalize("NFC").toLowerCase().match(/\p{L}+|\p{Nd}+/gu) ?? [];
}

/** @param {string} part */
export const isNumber = (part) => /^\p{Nd}/u.test(part);

/** @param {Word[]} words */
function sum(words) {
  return modulo(words.reduce((total, { number }, at) => total + number * (WEIGHTS[at] ?? 0), 0));
}

/** @param {number} number */
function modulo(number) {
  return ((number % MODULUS) + MODULUS) % MODULUS;
}

/** @param {Word[]} words @param {string} check */
function isCode(words, check) {
  return sum(words) === Number(check) && new Set(words).size === words.length;
}

/** @param {Word[]} words @returns {Code} */
function codeOf(words) {
  const check = String(sum(words)).padStart(2, "0");
  return {
    words,
    check,
    text: `${words.map(({ word }) => word.toUpperCase()).join("-")}-${check}`,
    digits: `${words.map(({ number }) => String(number).padStart(3, "0")).join("-")}-${check}`,
  };
}

/**
 * How many slips lie between two words: a letter more, less or other, or two neighbours swapped.
 * @param {string} first @param {string} second
 */
export function distance(first, second) {
  const [a, b] = [[...first], [...second]];
  /** @type {number[]} */
  let earlier = [];
  /** @type {number[]} */
  let before = [];
  let row = [...b, ""].map((_, at) => at);
  a.forEach((sign, i) => {
    [earlier, before, row] = [before, row, [i + 1]];
    b.forEach((other, j) => {
      let least = Math.min((before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (before[j] ?? 0) + Number(sign !== other));
      if (i > 0 && j > 0 && sign === b[j - 1] && a[i - 1] === other) least = Math.min(least, (earlier[j - 1] ?? 0) + 1);
      row.push(least);
    });
  });
  return row[b.length] ?? 0;
}
