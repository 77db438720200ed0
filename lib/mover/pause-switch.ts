/** What a person without a console holds a run with, for as long as they like. Hearers must be quick and must not throw. */
export class PauseSwitch {
  #isOn = false;
  readonly #hearers = new Set<() => void>();

  /** Whether the run is to stand still. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Turns it. */
  toggle(): void {
    this.#isOn = !this.#isOn;
    for (const hear of this.#hearers) hear();
  }

  /** Hears every turn, until the function that it gives is called. */
  hear(turned: () => void): () => void {
    this.#hearers.add(turned);
    return () => void this.#hearers.delete(turned);
  }

  /** Resolves as soon as it is off, or the signal fires. */
  async whenOff(signal: AbortSignal): Promise<void> {
    if (!this.#isOn || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        if (this.#isOn && !signal.aborted) return;
        forget();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const forget = this.hear(end);
      signal.addEventListener("abort", end);
    });
  }
}
