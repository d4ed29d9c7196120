/** What Streamlit passes to a component's default export. `Data` is the dictionary that Python passes as `data`. */
export interface Component<Data> {
  data: Data;
  /** The root of the component: styles of the page do not apply in it. */
  parentElement: ShadowRoot;
  /** Sets a value that stays, and reruns the script. */
  setStateValue(name: string, value: unknown): void;
  /** Sets a value for one rerun of the script, for example a click. */
  setTriggerValue(name: string, value: unknown): void;
}
