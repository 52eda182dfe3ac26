/**
 * The paper sheet: every number becomes a big button that adds a stroke, and topics show their sums.
 * Without this file the numbers are typed.
 */

const form = document.querySelector("form[data-sheet]");
if (form instanceof HTMLFormElement) makeQuick(form);

/** @param {HTMLFormElement} form */
function makeQuick(form) {
  const add = form.dataset.add ?? "";
  const less = form.dataset.less ?? "";
  for (const cell of form.querySelectorAll("[data-cell]")) {
    const number = cell.querySelector("input");
    const label = cell.querySelector("label");
    if (!number || !label) continue;
    const name = label.textContent?.trim() ?? "";
    const step = (/** @type {number} */ by) => {
      const count = Math.max(0, Math.min(500, (number.valueAsNumber || 0) + by));
      number.value = count ? String(count) : "";
      number.dispatchEvent(new Event("input", { bubbles: true }));
    };
    cell.append(button("cell__add", `${add}: ${name}`, "", () => step(1)), button("cell__less", `${less}: ${name}`, "−", () => step(-1)));
  }
  form.addEventListener("input", () => showSums(form));
  showSums(form);
  openWhatIsFilled(form);
}

/** @param {string} className @param {string} name @param {string} sign @param {() => void} click */
function button(className, name, sign, click) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.ariaLabel = name;
  made.textContent = sign;
  made.addEventListener("click", click);
  return made;
}

/** @param {ParentNode} place */
function sumOf(place) {
  return [...place.querySelectorAll("input")].reduce((sum, input) => (input.type === "number" ? sum + (input.valueAsNumber || 0) : sum), 0);
}

/** @param {HTMLFormElement} form */
function showSums(form) {
  for (const cell of form.querySelectorAll("[data-cell]")) cell.classList.toggle("cell--filled", sumOf(cell) > 0);
  for (const topic of form.querySelectorAll("details")) {
    const place = topic.querySelector(":scope > summary > [data-sum]");
    const sum = sumOf(topic);
    if (place) place.textContent = sum ? String(sum) : "";
  }
  const total = form.querySelector("[data-total]");
  const sum = sumOf(form);
  if (total) total.textContent = sum ? String(sum) : "";
}

/** A sheet that came back with errors shows where its strokes are. @param {HTMLFormElement} form */
function openWhatIsFilled(form) {
  const filled = [...form.querySelectorAll("details")].filter((topic) => sumOf(topic) > 0);
  for (const topic of filled) topic.open = true;
}
