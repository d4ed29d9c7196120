// The scene as a component of the app. Steps are drawn here at once; the server hears of them when they stop.

import { unpack } from "./payload.js";
import { Scene } from "./scene.js";

const IDLE_MS = 350;

/** @type {WeakMap<object, {scene: Scene | null, key: string, timer: number, wanted: string}>} */
const mounted = new WeakMap();

/**
 * @param {{data: any, parentElement: HTMLElement, setStateValue: (name: string, value: unknown) => void,
 *   setTriggerValue: (name: string, value: unknown) => void}} component
 */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const own = mounted.get(parentElement) ?? { scene: null, key: "", timer: 0, wanted: "" };
  mounted.set(parentElement, own);
  const options = {
    ...data.options,
    blockName: (/** @type {string} */ block) => data.names?.[block] ?? block,
    onStep: (/** @type {string} */ step) => {
      clearTimeout(own.timer);
      own.timer = setTimeout(() => setStateValue("step", step), IDLE_MS);
    },
    onBlock: (/** @type {string} */ block) => setTriggerValue("block", block),
  };
  const key = JSON.stringify([data.key, data.options.language]);
  if (own.key !== key) {
    own.key = key;
    unpack(data.packed).then((model) => {
      if (own.key !== key) return;
      if (own.scene) own.scene.show(model, options);
      else own.scene = new Scene(parentElement, model, options);
    });
  } else if (own.scene) own.scene.options = { ...own.scene.options, ...options };
  return () => {
    clearTimeout(own.timer);
    own.scene?.remove();
    mounted.delete(parentElement);
  };
}
