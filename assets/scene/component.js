// The scene as a component of the app. Steps are drawn here at once; the server hears of them when they stop.

import { unpack } from "./payload.js";
import { Scene } from "./scene.js";

const IDLE_MS = 350;

/**
 * @typedef {{scene: Scene | null, key: string, turn?: number, step?: string, factors?: string, reported?: string,
 *   timers: Map<string, ReturnType<typeof setTimeout>>}} Mounted
 * `step` is the line that the reader went to last, of which the server may not have heard.
 * @type {WeakMap<object, Mounted>}
 */
const mounted = new WeakMap();

/**
 * @param {{data: any, parentElement: HTMLElement,
 *   setTriggerValue: (name: string, value: unknown) => void}} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  /** @type {Mounted} */
  const own = mounted.get(parentElement) ?? { scene: null, key: "", timers: new Map() };
  mounted.set(parentElement, own);
  const report = (/** @type {string} */ name, /** @type {unknown} */ value) => {
    clearTimeout(own.timers.get(name));
    own.timers.set(name, setTimeout(() => setTriggerValue(name, value), IDLE_MS));
  };
  const options = {
    ...data.options,
    blockName: (/** @type {string} */ block) => data.names?.[block] ?? block,
    onStep: (/** @type {string} */ step) => {
      own.step = step;
      report("step", step);
    },
    onChannels: (/** @type {number[]} */ channels) => report("channels", channels),
    onFactors: (/** @type {number} */ alpha, /** @type {number} */ beta) => {
      own.reported = JSON.stringify([alpha, beta]);
      report("factors", [alpha, beta]);
    },
    onNumber: data.more ? (/** @type {number} */ channel) => setTriggerValue("channel", channel) : undefined,
    onOperation: (/** @type {string} */ name) => setTriggerValue("operation", name),
    onBlock: (/** @type {string} */ block) => setTriggerValue("block", block),
  };
  const factors = JSON.stringify(options.factors && [options.factors.alpha, options.factors.beta]);
  const key = JSON.stringify([data.identity, data.options.language]);
  if (own.key !== key) {
    own.key = key;
    const isBack = own.turn !== data.turn;  // or Forward: what the reader did here since is past
    own.turn = data.turn;
    if (isBack) for (const timer of own.timers.values()) clearTimeout(timer);
    if (isBack || options.sketch) own.step = undefined;
    unpack(data.packed).then((model) => {
      if (own.key !== key) return;
      if (isBack && own.scene) own.scene.walk.picked = {};
      own.scene = new Scene(parentElement, model, { ...options, step: own.step ?? options.step }, own.scene);
      const { id } = own.scene.walk.step;
      if (own.step && id !== options.step) options.onStep(id);  // the server did not know yet
    });
  } else if (own.scene) {
    own.scene.options = { ...own.scene.options, ...options };
    if (options.sketch) own.scene.show(options.step);
    // An answer may be late: what the reader has reported since then stays.
    const isNews = own.factors !== factors && own.reported !== factors;
    if (options.factors && isNews) own.scene.scale(options.factors);
  }
  own.factors = factors;
  return () => {
    for (const timer of own.timers.values()) clearTimeout(timer);
    own.scene?.remove();
    mounted.delete(parentElement);
  };
}
