/**
 * Builds what the browser gets: static/built/<name>-<hash>.<ext>, and static/built/manifest.json, which maps the
 * names the templates use (`asset("app.css")`) to the hashed files. Hashed names let the server cache them for ever.
 * Beside each file that packs well lie the same bytes packed (.br, .gz), and static/built/shell.json names the files
 * that a tablet needs to open the field page without a network.
 */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { Resvg } from "@resvg/resvg-js";
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
  followups: "static/followups.css",
  handoffs: "static/handoffs.css",
  pass: "static/pass.css",
  people: "static/people.css",
};
const SCRIPTS = {
  app: "static/app.js",
  people: "static/people.js",
  sheet: "static/sheet.js",
  tablet: "static/tablet.js",
  identification: "static/identification.js",
  field: "static/field/main.js",
  directory: "static/directory.js",
};
/** Each is one file, which the server hands out at the root under a name of its own. */
const WORKERS = {
  "service-worker": "static/service-worker.js",
  "service-worker-off": "static/service-worker-off.js",
};

/** What the pages that tablets keep ask for; all that these ask for in their turn is kept with them. */
const KEPT = ["app.css", "pages.css", "field.css", "app.js", "field.js", "directory.js", "icons.svg", "mark.svg"];

/** The icons in the sprite: our name for what it means → the drawing in lucide. */
const ICONS = {
  about: "info",
  administration: "settings",
  add: "plus",
  again: "rotate-cw",
  agenda: "calendar-days",
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
  handoff: "handshake",
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
  tablet: "tablet",
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

/** Which built file asks for which others, by their names. @type {Map<string, string[]>} */
const asksFor = new Map();

/**
 * @param {Record<string, string>} entryPoints
 * @param {Partial<import("esbuild").BuildOptions>} [more]
 * @returns {Promise<[string, string][]>} their entries in the manifest
 */
async function bundle(entryPoints, more = {}) {
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
    logLevel: "warning",
    ...more,
    metafile: true,
  });
  return Object.entries(metafile.outputs).map(([file, { entryPoint, inputs, imports }]) => {
    asksFor.set(basename(file), imports.filter(({ external }) => !external).map(({ path }) => basename(path)));
    const name = Object.keys(entryPoints).find((key) => entryPoints[key] === entryPoint);
    return [name ? name + extname(file) : basename(Object.keys(inputs)[0] ?? file), basename(file)];
  });
}

/** @param {Iterable<string>} files @returns {string[]} these files and all that they ask for, in order of their names */
function withAllTheyAskFor(files) {
  const found = new Set(files);
  for (const file of found) for (const asked of asksFor.get(file) ?? []) found.add(asked);
  return [...found].sort();
}

/**
 * @param {string} name with its kind
 * @param {string | Uint8Array} content
 * @returns {Promise<[string, string]>} its entry in the manifest
 */
async function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const hashed = `${name.slice(0, -extname(name).length)}-${hash}${extname(name)}`;
  await writeFile(`${OUT}/${hashed}`, content);
  return [name, hashed];
}

/** @returns {Promise<[string, string][]>} the sprite, and each icon in it, so that templates know what is drawn */
async function icons() {
  const [name, hashed] = await write("icons.svg", await sprite());
  return [[name, hashed], ...Object.keys(ICONS).map((icon) => /** @type {[string, string]} */ ([`${name}#${icon}`, hashed]))];
}

/** @param {string} svg @param {number} width @returns {Uint8Array} the drawing as a PNG, so many pixels wide */
const png = (svg, width) => new Resvg(svg, { fitTo: { mode: "width", value: width } }).render().asPng();

/** @param {string} mark @returns {Promise<[string, string][]>} what stands for us on the home screen of a tablet or phone */
function homeScreen(mark) {
  const ground = /<rect[^>]*fill="(#[0-9a-f]{6})"/.exec(mark)?.[1];
  if (!ground) throw new Error("the mark has no ground of its own any more");
  // A system cuts its own shape out of these: the ground reaches every edge, the mark stays within four fifths.
  const whole =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><rect width="60" height="60" fill="${ground}"/>` +
    `${mark.replace("<svg ", '<svg x="6" y="6" width="48" height="48" ')}</svg>`;
  return Promise.all([
    write("icon-192.png", png(mark, 192)),
    write("icon-512.png", png(mark, 512)),
    write("icon-maskable-512.png", png(whole, 512)),
    write("icon-apple-180.png", png(whole, 180)),
  ]);
}

/** Lays packed copies beside each file that becomes smaller by it. @param {string} file */
async function pack(file) {
  if (![".css", ".js", ".svg"].includes(extname(file))) return;
  const content = await readFile(`${OUT}/${file}`);
  const packed = { br: await promisify(brotliCompress)(content), gz: await promisify(gzip)(content, { level: 9 }) };
  for (const [kind, bytes] of Object.entries(packed)) {
    if (bytes.length < content.length) await writeFile(`${OUT}/${file}.${kind}`, bytes);
  }
}

await rm(OUT, { recursive: true, force: true });
const mark = await readFile("static/mark.svg", "utf8");
const files = [
  ...(await bundle(SHEETS)),
  ...(await bundle(SCRIPTS)),
  ...(await bundle(WORKERS, { splitting: false, format: "iife" })),
  ...(await icons()),
  ...(await homeScreen(mark)),
  await write("mark.svg", mark),
];
const manifest = Object.fromEntries(files.sort());
await Promise.all([...new Set(Object.values(manifest))].map(pack));
await writeFile(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
const kept = withAllTheyAskFor(KEPT.map((name) => manifest[name] ?? name));
await writeFile(`${OUT}/shell.json`, `${JSON.stringify(kept, null, 2)}\n`);
// Which release this is: tablets tell it, so that the server knows which may still read.
const { version } = JSON.parse(await readFile("package.json", "utf8"));
await writeFile(`${OUT}/release.json`, `${JSON.stringify(version)}\n`);
