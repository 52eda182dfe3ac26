/** Draws a text as a QR, on the tablet itself. Fetched when a code is shown. */
import { encodeQR } from "qr";

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} text @returns {SVGSVGElement} black on white in every theme, so that any camera reads it */
export function square(text) {
  const modules = encodeQR(text, "raw", { ecc: "medium", border: 3 });
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${modules.length} ${modules.length}`);
  drawing.setAttribute("class", "square");
  drawing.setAttribute("shape-rendering", "crispEdges");
  const ground = document.createElementNS(SVG, "path");
  ground.setAttribute("fill", "#ffffff");
  ground.setAttribute("d", `M0 0h${modules.length}v${modules.length}H0z`);
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("fill", "#000000");
  dark.setAttribute("d", modules.flatMap((row, y) => row.flatMap((on, x) => (on ? `M${x} ${y}h1v1h-1z` : []))).join(""));
  drawing.append(ground, dark);
  return drawing;
}
