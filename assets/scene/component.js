// The scene as a component of the app. Steps are drawn here at once; the server hears of them when they stop.

import { unpack } from "./payload.js";
import { Scene } from "./scene.js";

const IDLE_MS = 350;

/** @typedef {ReturnType<typeof setTimeout>} Timer */

/** @type {WeakMap<object, {scene: Scene | null, key: string, timer?: Timer, resting?: Timer}>} */
const mounted = new WeakMap();

/**
 * @param {{data: any, parentElement: HTMLElement, setStateValue: (name: string, value: unknown) => void,
 *   setTriggerValue: (name: string, value: unknown) => void}} component
 */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const own = mounted.get(parentElement) ?? { scene: null, key: "" };
  mounted.set(parentElement, own);
  const options = {
    ...data.options,
    blockName: (/** @type {string} */ block) => data.names?.[block] ?? block,
    onStep: (/** @type {string} */ step) => {
      clearTimeout(own.timer);
      own.timer = setTimeout(() => setStateValue("step", step), IDLE_MS);
    },
    onFactors: (/** @type {number} */ alpha, /** @type {number} */ beta) => {
      clearTimeout(own.resting);
      own.resting = setTimeout(() => setStateValue("factors", [alpha, beta]), IDLE_MS);
    },
    onBlock: (/** @type {string} */ block) => setTriggerValue("block", block),
  };
  const key = JSON.stringify([data.key, data.options.language]);
  if (own.key !== key) {
    own.key = key;
    unpack(data.packed).then((model) => {
      if (own.key !== key) return;
      own.scene = new Scene(parentElement, model, options, own.scene);
    });
  } else if (own.scene) {
    own.scene.options = { ...own.scene.options, ...options };
    if (options.factors) own.scene.scale(options.factors);
  }
  return () => {
    clearTimeout(own.timer);
    clearTimeout(own.resting);
    own.scene?.remove();
    mounted.delete(parentElement);
  };
}
