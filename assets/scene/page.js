// The scene as a page of its own: a file that is opened without a server, or a frame in a notebook.

import { button, make } from "./elements.js";
import { fill } from "./numbers.js";
import { unpack } from "./payload.js";
import { Scene } from "./scene.js";
import { addSheet } from "./sheet.js";

/** @type {any} */
const content = /** @type {any} */ (window).content;
const parent = /** @type {HTMLElement} */ (document.querySelector("main"));
const head = /** @type {HTMLElement} */ (document.querySelector("header"));
const root = document.documentElement;
const blocks = Object.keys(content.packed);
/** @type {Record<string, import("./payload.js").Model>} */
const models = {};
/** @type {Scene | null} */
let scene = null;
let language = content.language;

/** @param {string} block @param {string} [step] */
async function open(block, step) {
  models[block] ??= await unpack(content.packed[block]);
  const words = content.words[language];
  const options = {
    words, language, step, blocks, onBlock: (/** @type {string} */ other) => open(other),
    blockName: (/** @type {string} */ name) => (name === "network" ? words.whole : name),
  };
  scene = new Scene(parent, models[block], options, scene);
  decorate(block);
}

/** @param {string} block */
function decorate(block) {
  const { payload } = models[block], words = content.words[language];
  const image = make("img");
  image.src = payload.picture;
  image.alt = words.picture;
  const title = make("h1", "", content.title);
  title.append(make("span", "block", ` · ${scene?.options.blockName?.(block) ?? block}`));  // on paper, which has no list
  const note = make("p", "", content.notes[language]);
  const text = make("div");
  text.append(title, note);
  const other = language === "zh" ? "en" : "zh";
  const switcher = button("language", other === "zh" ? "中文" : "English", () => {
    language = other;
    root.lang = language;
    open(block, scene?.walk.step.id);
  });
  switcher.lang = other;
  const wasPressed = document.activeElement?.className === "language";
  const theme = button("theme", words.theme, () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  head.replaceChildren(image, text, switcher, theme);
  if (wasPressed) switcher.focus();
  document.title = fill(words.document, { title: content.title, block });
}

/** @type {HTMLElement | undefined} */
let sheet;
addEventListener("beforeprint", () => { sheet?.remove(); sheet = scene ? addSheet(scene) : undefined; });
addEventListener("afterprint", () => { sheet?.remove(); sheet = undefined; scene?.fitPaper(false); });
root.lang = language;
parent.replaceChildren();  // the sentence for a browser that does not come this far
open(blocks[0], content.step);
