/**
 * Builds what the browser gets: static/built/<name>-<hash>.<ext>, and static/built/manifest.json, which maps the
 * names the templates use (`asset("app.css")`) to the hashed files. Hashed names let the server cache them for ever.
 */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { build } from "esbuild";

const OUT = "static/built";

/** Entry points: the name a template asks for, and the source it comes from. */
const SHEETS = {
  app: "static/app.css",
  pages: "static/pages.css",
  consents: "static/consents.css",
  field: "static/field.css",
  figures: "static/figures.css",
  identification: "static/identification.css",
  codes: "static/codes.css",
  pass: "static/pass.css",
  people: "static/people.css",
};
const SCRIPTS = {
  app: "static/app.js",
  people: "static/people.js",
  sheet: "static/sheet.js",
  identification: "static/identification.js",
  field: "static/field/main.js",
};

/** The icons in the sprite: our name for what it means → the drawing in lucide. */
const ICONS = {
  about: "info",
  administration: "settings",
  add: "plus",
  again: "rotate-cw",
  back: "chevron-left",
  brief: "file-text",
  camera: "camera",
  check: "check",
  clock: "clock",
  close: "x",
  code: "qr-code",
  copy: "copy-plus",
  directory: "signpost",
  edit: "pencil",
  enter: "user-round-plus",
  erasure: "eraser",
  field: "message-circle",
  figures: "chart-column",
  group: "users",
  hide: "eye-off",
  less: "minus",
  lock: "lock",
  more: "chevron-down",
  keyboard: "keyboard",
  name: "id-card",
  night: "moon",
  pass: "map-pin",
  people: "users-round",
  phone: "phone",
  print: "printer",
  refused: "hand",
  remove: "trash-2",
  search: "search",
  sent: "circle-check",
  sheet: "clipboard-pen",
  sign_out: "log-out",
  start: "play",
  talk: "messages-square",
  turn: "rotate-ccw",
  undo: "undo-2",
  user: "user-round",
  warning: "triangle-alert",
  "topic-job_search": "briefcase",
  "topic-cv": "file-user",
  "topic-study_guidance": "graduation-cap",
  "topic-language": "languages",
  "topic-work_placement": "hammer",
  "topic-digital_help": "smartphone",
  "topic-employment_service": "handshake",
  "topic-start_business": "store",
  "topic-validation": "badge-check",
  "topic-city_information": "landmark",
  "topic-money_signposting": "wallet",
  "topic-childcare_time": "baby",
  "topic-other_support": "life-buoy",
};

/** The design system's theme file also brings its own palette; ours is in static/theme.css, so theirs is left out. */
const withoutPalette = {
  name: "without-palette",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /designsystemet-css[\\/]dist[\\/]theme[\\/]designsystemet\.css$/ }, async ({ path }) => {
      let css = await readFile(path, "utf8");
      for (let at = css.indexOf(PALETTE); at >= 0; at = css.indexOf(PALETTE)) css = cutBlock(css, at);
      if (!css.includes("--ds-size-unit")) throw new Error("the theme of the design system has another shape now");
      return { contents: css, loader: "css" };
    });
  },
};
const PALETTE = "@layer ds.theme.color-scheme.";

/**
 * @param {string} css
 * @param {number} at where the at-rule starts
 * @returns {string} the sheet without that rule and its block
 */
function cutBlock(css, at) {
  let depth = 0;
  let end = css.indexOf("{", at);
  do {
    if (css[end] === "{") depth += 1;
    if (css[end] === "}") depth -= 1;
    end += 1;
  } while (depth > 0);
  return css.slice(0, at) + css.slice(end);
}

/** @returns {Promise<string>} one SVG file with every icon as a symbol */
async function sprite() {
  const symbols = await Promise.all(
    Object.entries(ICONS).map(async ([name, drawing]) => {
      const svg = await readFile(`node_modules/lucide-static/icons/${drawing}.svg`, "utf8");
      const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
      return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
    }),
  );
  return (
    "<!-- Icons: Lucide, ISC licence -->" +
    `<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${symbols.join("")}</svg>\n`
  );
}

/** @param {Record<string, string>} entryPoints */
async function bundle(entryPoints) {
  const { metafile } = await build({
    entryPoints,
    outdir: OUT,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    // What is imported while the page runs is a file of its own, fetched when it is needed.
    splitting: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox128", "safari17.5"],
    loader: { ".woff2": "file", ".txt": "text" },
    plugins: [withoutPalette],
    metafile: true,
    logLevel: "warning",
  });
  return Object.entries(metafile.outputs).map(([file, { entryPoint, inputs }]) => {
    const name = Object.keys(entryPoints).find((key) => entryPoints[key] === entryPoint);
    return [name ? name + extname(file) : basename(Object.keys(inputs)[0] ?? file), basename(file)];
  });
}

/**
 * @param {string} name
 * @param {string} svg
 * @returns {Promise<[string, string]>} its entry in the manifest
 */
async function drawing(name, svg) {
  const hashed = `${name}-${createHash("sha256").update(svg).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(`${OUT}/${hashed}`, svg);
  return [`${name}.svg`, hashed];
}

/** @returns {Promise<[string, string][]>} the sprite, and each icon in it, so that templates know what is drawn */
async function icons() {
  const [name, hashed] = await drawing("icons", await sprite());
  return [[name, hashed], ...Object.keys(ICONS).map((icon) => /** @type {[string, string]} */ ([`${name}#${icon}`, hashed]))];
}

await rm(OUT, { recursive: true, force: true });
const files = [
  ...(await bundle(SHEETS)),
  ...(await bundle(SCRIPTS)),
  ...(await icons()),
  await drawing("mark", await readFile("static/mark.svg", "utf8")),
];
const manifest = Object.fromEntries(files.sort());
await writeFile(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
