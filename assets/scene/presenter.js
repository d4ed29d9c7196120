// Present: the scene fills the screen, or the window where a browser refuses that, as on a phone.

export class Presenter {
  /**
   * @param {HTMLElement} root
   * @param {() => void} changed
   * @param {AbortSignal} signal
   */
  constructor(root, changed, signal) {
    this.root = root;
    this.changed = changed;
    document.addEventListener("fullscreenchange", () => this.set(this.fillsScreen), { signal });
  }

  get isOn() { return this.root.classList.contains("presents"); }

  get fillsScreen() {
    return /** @type {Document | ShadowRoot} */ (this.root.getRootNode()).fullscreenElement === this.root;
  }

  toggle() {
    if (this.isOn) this.leave();
    else if (this.root.requestFullscreen) this.root.requestFullscreen().catch(() => this.set(true));
    else this.set(true);
  }

  leave() {
    if (this.fillsScreen) document.exitFullscreen();
    else this.set(false);
  }

  /** @param {boolean} on */
  set(on) {
    if (on === this.isOn) return;
    this.root.classList.toggle("presents", on);
    this.root.tabIndex = -1;
    if (on) this.root.focus({ preventScroll: true });
    this.changed();
  }
}
