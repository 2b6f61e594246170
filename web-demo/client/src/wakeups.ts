// SPDX-License-Identifier: Apache-2.0

/**
 * Tells of the moments at which a page should look whether its connection still stands: it is seen again, it is thawed or comes
 * out of the back/forward cache, or the machine has found or lost a network. Timers are no help: in a hidden tab they stand still.
 *
 * @returns what ends it
 */
export function onWakeup(wake: () => void): () => void {
  const seen = (): void => {
    if (document.visibilityState === "visible") wake();
  };
  const inDocument = typeof document !== "undefined";
  const inWindow = typeof window !== "undefined" && typeof window.addEventListener === "function";
  if (inDocument) {
    document.addEventListener("visibilitychange", seen);
    document.addEventListener("resume", wake);
  }
  if (inWindow) for (const name of ["online", "offline", "pageshow"]) window.addEventListener(name, wake);
  return () => {
    if (inDocument) {
      document.removeEventListener("visibilitychange", seen);
      document.removeEventListener("resume", wake);
    }
    if (inWindow) for (const name of ["online", "offline", "pageshow"]) window.removeEventListener(name, wake);
  };
}
