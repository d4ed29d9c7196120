// The source: a line that makes a tensor is a button; the step's line is lit.

import { button, make } from "./elements.js";
import { fill } from "./numbers.js";

/**
 * @typedef {import("./payload.js").Row} Row
 * @typedef {import("./payload.js").Payload["listings"][number]} Listing
 * @typedef {{name: string, inner: boolean, element: HTMLElement, lines: {number: number, element: HTMLElement}[]}} Group
 */

export class CodePane {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    this.scene = scene;
    const { listings } = scene.walk.payload;
    this.groups = listings.map((listing, k) => this.group(listing, k > 0));
    this.element = make("div", "code");
    this.element.append(...this.groups.map(({ element }) => element), make("p", "from", listings[0].file));
  }

  /**
   * @param {Listing} listing
   * @param {boolean} inner
   * @returns {Group}
   */
  group({ name, rows }, inner) {
    const element = make("div", inner ? "listing inner" : "listing");
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", fill(this.scene.walk.words.listing, { name }));
    const indent = Math.min(...rows.map(textOf).filter((text) => text.trim()).map((text) => text.search(/\S/)));
    element.style.setProperty("--letters", String(Math.max(...rows.map((row) => codeOf(row).length)) - indent + 7));
    const lines = rows.map((row) => ({ number: row.number, element: this.line(row, indent) }));
    element.append(...lines.map((line) => line.element));
    element.onkeydown = (event) => {
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const buttons = lines.map((line) => line.element).filter((line) => line.tagName === "BUTTON");
      const next = buttons[buttons.findIndex((line) => line.classList.contains("lit")) + move];
      next?.click();
      next?.focus({ preventScroll: true });
    };
    return { name, inner, element, lines };
  }

  /**
   * @param {Row} row
   * @param {number} indent that all lines have
   */
  line(row, indent) {
    const { step } = row;
    const line = step ? button("line", "", () => this.scene.goTo(step)) : make("span", "line");
    line.classList.toggle("off", row.off);
    let left = indent;
    line.append(make("span", "n", String(row.number)), ...row.tokens.map(([kind, text]) => {
      const cut = Math.min(left, text.length - text.trimStart().length);
      left = text.trim() ? 0 : left - cut;
      return make("span", kind, text.slice(cut));
    }));
    return line;
  }

  render() {
    const { step, parent } = this.scene.walk;
    for (const { name, inner, element, lines } of this.groups) {
      element.hidden = inner && name !== step.listing;
      const own = inner ? step : parent;
      for (const line of lines) {
        const lit = line.number >= own.lines[0] && line.number <= own.lines[1];
        line.element.classList.toggle("lit", lit);
        line.element.tabIndex = lit && line.element.tagName === "BUTTON" ? 0 : -1;
        if (lit && own === step) line.element.setAttribute("aria-current", "step");
        else line.element.removeAttribute("aria-current");
      }
    }
  }

  /** Scroll the lit lines to the middle. It asks for sizes, so it comes after everything is drawn. */
  scroll() {
    for (const { element } of this.groups) {
      const lit = /** @type {HTMLElement | null} */ (element.querySelector(".lit"));
      if (lit && element.scrollHeight > element.clientHeight) element.scrollTop = lit.offsetTop - element.clientHeight / 2;
    }
  }
}

/** A line without its comment. @param {Row} row */
function codeOf({ tokens }) { return tokens.filter(([kind]) => kind !== "co").map(([, text]) => text).join("").trimEnd(); }

/** @param {Row} row */
function textOf({ tokens }) { return tokens.map(([, text]) => text).join(""); }
