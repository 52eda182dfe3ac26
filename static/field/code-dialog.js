/** "Har kod": a code is typed or scanned, checked here, and looked up; what its thread tells fills in the contact. */
import { WORDS } from "./code-words.js";
import { byId, every, words } from "./data.js";
import { lookUpCode } from "./sending.js";
import { insist } from "./session.js";
import { typing } from "./typing.js";

/** @typedef {import("./recognition.js").Code} Code */
/** @typedef {import("./sending.js").Thread} Thread */
/** @typedef {{code: Code, thread: Thread | null}} Found thread: null when nobody could be asked */

class CodeDialog {
  /** @type {((found: Found | "without" | null) => void) | null} */
  #resolve = null;
  /** @type {AbortController | null} stops the camera */
  #camera = null;
  /** @type {Code | null} what is being looked up */
  #sought = null;
  /** @type {Code | null} what could not be looked up: it may be used as it is */
  #unsure = null;

  constructor() {
    this.dialog = byId("code-dialog", HTMLDialogElement);
    this.input = byId("code-input", HTMLInputElement);
    this.input.addEventListener("input", () => this.#read());
    byId("code-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("code-camera", HTMLButtonElement).addEventListener("click", () => void this.#scan());
    byId("code-camera-stop", HTMLButtonElement).addEventListener("click", () => {
      this.#stopCamera();
      this.input.focus();
    });
    byId("code-anyway", HTMLButtonElement).addEventListener("click", () => this.#unsure && this.#end({ code: this.#unsure, thread: null }));
    byId("code-without", HTMLButtonElement).addEventListener("click", () => this.#end("without"));
    byId("code-cancel", HTMLButtonElement).addEventListener("click", () => this.#end(null));
    // It may have been opened again since it was closed.
    this.dialog.addEventListener("close", () => this.dialog.open || this.#end(null));
    document.addEventListener("visibilitychange", () => document.hidden && this.#stopCamera());
    document.addEventListener("outreach:closed", () => this.#stopCamera());
  }

  /** @param {{scan: boolean}} how @returns {Promise<Found | "without" | null>} without: the visitor's code is none; null: never mind */
  ask({ scan }) {
    this.input.value = "";
    this.#read();
    this.dialog.showModal();
    if (scan) void this.#scan();
    else this.input.focus();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param {Found | "without" | null} found */
  #end(found) {
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#stopCamera();
    this.input.value = "";
    this.#read();
    this.dialog.close();
    resolve?.(found);
  }

  #read() {
    const now = typing(WORDS, this.input.value);
    this.#sought = null;
    this.#unsure = null;
    this.#paintWords(now.words);
    this.#paintOffers(now);
    this.#explain("", []);
    const said = { strangers: now.offers.length ? "codeStrangers" : "codeStrangersNone", apart: now.offers.length ? "codeApartMeant" : "codeApart", high: "codeHigh", shape: "codeShape", digits: "codeDigits", "": "" }[now.say];
    this.#say(said ? words(said, { places: now.places.join(", ") }) : "", Boolean(said) && now.say !== "digits");
    if (now.code) void this.#lookUp(now.code);
  }

  #submit() {
    const { code, say } = typing(WORDS, this.input.value);
    if (code) void this.#lookUp(code);
    else if (!say || say === "digits") this.#say(words("codeShape"), true);
    if (!code) this.input.focus();
  }

  /** @param {Code} code */
  async #lookUp(code) {
    if (this.#sought?.text === code.text) return;
    this.#sought = code;
    this.#explain("", []);
    this.#say(words("codeSearching"), false);
    const answer = await insist(() => lookUpCode(code.text));
    if (this.#sought !== code) return; // something else was typed meanwhile, or it was closed
    if (answer.ok) return this.#end({ code, thread: answer.row });
    this.#sought = null;
    this.#unsure = answer.reason === "network" ? code : null;
    this.#say("", false);
    if (answer.reason === "network") this.#explain(words("codeNetwork"), ["code-anyway"]);
    else if (answer.reason === "refused") this.#explain(`${answer.problem.detail ?? ""} ${words("codeGiveNew")}`, ["code-without"]);
    else this.#explain(answer.problem.errors?.[0]?.detail ?? answer.problem.detail ?? words("codeApart"), []);
  }

  async #scan() {
    this.#stopCamera();
    this.#explain("", []);
    const camera = new AbortController();
    this.#camera = camera;
    this.dialog.dataset.camera = "";
    this.#say(words("cameraAim"), false);
    byId("code-camera-stop", HTMLButtonElement).focus();
    try {
      if (!navigator.mediaDevices) throw new DOMException("no camera without a safe connection", "NotFoundError");
      const { watch } = await import("./camera.js");
      await watch(byId("code-video", HTMLVideoElement), (text) => this.#seen(text), camera.signal);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (camera.signal.aborted) return;
      this.#stopCamera();
      const why = /** @type {Record<string, string>} */ ({ NotAllowedError: "cameraDenied", NotFoundError: "cameraNone", OverconstrainedError: "cameraNone" });
      this.#explain(words(why[error.name] ?? "cameraFailed"), []);
      this.input.focus();
    }
  }

  /** @param {string} text what a QR says @returns {boolean} whether it is a code */
  #seen(text) {
    const code = WORDS.read(text);
    if ("fault" in code) {
      this.#say(words("cameraOther"), true);
      return false;
    }
    navigator.vibrate?.(60);
    this.#stopCamera();
    byId("code-title", HTMLElement).focus();
    this.input.value = code.text;
    this.#read();
    return true;
  }

  #stopCamera() {
    this.#camera?.abort();
    this.#camera = null;
    delete this.dialog.dataset.camera;
  }

  /** @param {import("./recognition.js").Word[]} known */
  #paintWords(known) {
    every(byId("code-words", HTMLElement), "li", HTMLLIElement).forEach((place, at) => {
      const word = known[at];
      place.textContent = word ? `${word.emoji} ${word.word.toUpperCase()}` : "";
    });
  }

  /** @param {import("./typing.js").Typing} now */
  #paintOffers({ offers }) {
    const place = byId("code-offers", HTMLElement);
    place.hidden = offers.length === 0;
    place.replaceChildren(
      ...offers.map((offer) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "action code-offer";
        const pictures = document.createElement("span");
        pictures.className = "code__picture";
        pictures.ariaHidden = "true";
        pictures.textContent = offer.words.map(({ emoji }) => emoji).join("");
        const said = document.createElement("span");
        said.translate = false;
        said.textContent = offer.check ? offer.text : offer.words.map(({ word }) => word.toUpperCase()).join("-");
        button.append(pictures, said);
        button.addEventListener("click", () => {
          this.input.value = offer.text;
          this.input.focus();
          this.#read();
        });
        return button;
      }),
    );
  }

  /** @param {string} text @param {boolean} isFault */
  #say(text, isFault) {
    const place = byId("code-say", HTMLElement);
    place.textContent = text;
    place.classList.toggle("code-say--fault", isFault);
    this.input.ariaInvalid = isFault ? "true" : null;
  }

  /** @param {string} text @param {string[]} ways the buttons that lead on */
  #explain(text, ways) {
    byId("code-fault", HTMLElement).textContent = text;
    if (text) this.#say("", false);
    for (const id of ["code-anyway", "code-without"]) byId(id, HTMLButtonElement).hidden = !ways.includes(id);
  }
}

/** @type {CodeDialog | undefined} */
let dialog;

/** Asks for the visitor's code. @param {{scan?: boolean}} [how] scan: with the camera at once */
export function askForCode({ scan = false } = {}) {
  dialog ??= new CodeDialog();
  return dialog.ask({ scan });
}
