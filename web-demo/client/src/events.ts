// SPDX-License-Identifier: Apache-2.0

/** Something that tells listeners of its events. A listener that throws does not keep the others from hearing. */
export class Events<Map extends object> {
  readonly #listeners = new Map<keyof Map, Set<(value: never) => unknown>>();

  /** Calls the listener with each event from now on. Returns what ends that. */
  on<Name extends keyof Map>(name: Name, listener: (value: Map[Name]) => unknown): () => void {
    let all = this.#listeners.get(name);
    if (!all) this.#listeners.set(name, (all = new Set()));
    all.add(listener);
    return () => void all.delete(listener);
  }

  /** Tells all listeners, in the order in which they came; done when those that answered with a promise are. */
  protected emit<Name extends keyof Map>(name: Name, value: Map[Name]): Promise<void> | undefined {
    const waiting: PromiseLike<unknown>[] = [];
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        const answer = listener(value as never);
        if (isPromise(answer)) waiting.push(answer);
      } catch (failure) {
        report(failure);
      }
    }
    if (waiting.length === 0) return undefined;
    return Promise.allSettled(waiting).then((ends) => {
      for (const end of ends) if (end.status === "rejected") report(end.reason);
    });
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}

/** A fault of a listener is the application's: it goes where its other uncaught errors go. */
function report(failure: unknown): void {
  queueMicrotask(() => {
    throw failure;
  });
}
