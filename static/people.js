/** Counts down how many signs there is room for; the field's own limit works without it. */
for (const field of document.querySelectorAll("textarea[data-counted]")) {
  const told = document.getElementById(field.getAttribute("data-counted") ?? "");
  if (!(field instanceof HTMLTextAreaElement) || !told) continue;
  const tell = () => {
    told.textContent = (told.dataset.left ?? "").replace("{left}", String(field.maxLength - field.value.length));
  };
  told.hidden = false;
  field.addEventListener("input", tell);
  tell();
}
