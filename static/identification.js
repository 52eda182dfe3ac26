/**
 * Takes over what another page of ours knew: a code that was scanned, the contact that was just logged. They come in
 * the fragment of the address, which no server is sent and no log keeps, and are gone from there at once.
 */

import "./steps.js";

const brought = new URLSearchParams(location.hash.slice(1));
if (brought.has("kod") || brought.has("kontakt")) {
  history.replaceState(history.state, "", location.pathname + location.search);
  take("recognition_code", brought.get("kod"));
  take("contact", brought.get("kontakt"));
}

/** @param {string} name @param {string | null} value */
function take(name, value) {
  const form = document.querySelector("form[autocomplete=off]");
  if (!value || !(form instanceof HTMLFormElement)) return;
  const there = form.elements.namedItem(name);
  if (there instanceof HTMLInputElement) {
    there.value = value;
    return;
  }
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
}
