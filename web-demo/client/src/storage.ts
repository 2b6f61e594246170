// SPDX-License-Identifier: Apache-2.0

/** What a client must not forget over a reload: publishes that wait, packets in flight, packets received in part, and that there is a session. */
export type Shelf = "waiting" | "sent" | "received" | "session";

/** One change of a shelf. Without a value the entry goes. */
export interface Change {
  readonly shelf: Shelf;
  readonly key: number;
  readonly value?: unknown;
}

/** Everything on a shelf, by key, ascending. */
export type Kept = Record<Shelf, [key: number, value: unknown][]>;

/** Where it is kept. Values can be cloned structurally. */
export interface Storage {
  load(): Promise<Kept>;
  /** All of the changes or none; those of an earlier call first. */
  write(changes: readonly Change[]): Promise<void>;
  /**
   * Notes at once, before the running task ends, which received packets the application has been given: what `write` keeps
   * is kept a little later, and the page may be gone by then.
   */
  noteGiven(keys: readonly number[]): void;
  given(): readonly number[];
  close(): void;
}

/** Forgets with the page. */
export class MemoryStorage implements Storage {
  load(): Promise<Kept> {
    return Promise.resolve({ waiting: [], sent: [], received: [], session: [] });
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  noteGiven(): void {}

  given(): readonly number[] {
    return [];
  }

  close(): void {}
}

const SHELVES: readonly Shelf[] = ["waiting", "sent", "received", "session"];

/** Keeps in IndexedDB, under one name a client identifier; and in localStorage what cannot wait for it. */
export class IndexedDbStorage implements Storage {
  readonly #name: string;
  #db: Promise<IDBDatabase> | undefined;

  constructor(clientId: string) {
    this.#name = `holdfast:${clientId}`;
  }

  async load(): Promise<Kept> {
    const db = await this.#open();
    const kept: Kept = { waiting: [], sent: [], received: [], session: [] };
    const transaction = db.transaction(SHELVES, "readonly");
    for (const shelf of SHELVES) {
      const cursor = transaction.objectStore(shelf).openCursor();
      cursor.onsuccess = () => {
        if (!cursor.result) return;
        kept[shelf].push([cursor.result.key as number, cursor.result.value]);
        cursor.result.continue();
      };
    }
    await done(transaction);
    return kept;
  }

  async write(changes: readonly Change[]): Promise<void> {
    const db = await this.#open();
    const transaction = db.transaction(SHELVES, "readwrite", { durability: "relaxed" });
    for (const { shelf, key, value } of changes) {
      const store = transaction.objectStore(shelf);
      if (value === undefined) store.delete(key);
      else store.put(value, key);
    }
    transaction.commit?.();
    await done(transaction);
  }

  noteGiven(keys: readonly number[]): void {
    try {
      if (keys.length === 0) globalThis.localStorage?.removeItem(this.#name);
      else globalThis.localStorage?.setItem(this.#name, JSON.stringify(keys));
    } catch {
      // A browser that keeps nothing for this page. IndexedDB has told.
    }
  }

  given(): readonly number[] {
    try {
      return JSON.parse(globalThis.localStorage?.getItem(this.#name) ?? "[]") as number[];
    } catch {
      return [];
    }
  }

  close(): void {
    void this.#db?.then((db) => db.close());
    this.#db = undefined;
  }

  #open(): Promise<IDBDatabase> {
    if (this.#db) return this.#db;
    const opened = new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(this.#name, 1);
      request.onupgradeneeded = () => SHELVES.forEach((shelf) => request.result.createObjectStore(shelf));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    // A browser may refuse it for once, and may close it, as when it is short of room: the next one to ask tries again.
    const forget = (): void => {
      if (this.#db === opened) this.#db = undefined;
    };
    opened.then((db) => (db.onclose = forget), forget);
    return (this.#db = opened);
  }
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Collects changes while an earlier write is under way, and writes them together: one transaction for many messages. */
export class Journal {
  readonly #storage: Storage;
  readonly #failed: (why: Error) => void;
  #next: Change[] = [];
  #nextDone: Promise<void> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, failed: (why: Error) => void) {
    this.#storage = storage;
    this.#failed = failed;
  }

  /** Done when these changes are kept. */
  write(...changes: Change[]): Promise<void> {
    this.#next.push(...changes);
    this.#nextDone ??= this.#running = this.#running.then(
      () => this.#flush(),
      () => this.#flush(),
    ) as Promise<void>;
    return this.#nextDone;
  }

  /** Done when everything that was given is kept. */
  settled(): Promise<unknown> {
    return this.#running.catch(() => undefined);
  }

  #flush(): Promise<void> {
    const changes = this.#next;
    this.#next = [];
    this.#nextDone = undefined;
    const written = this.#storage.write(changes);
    written.catch((why: unknown) => this.#failed(why instanceof Error ? why : new Error(String(why))));
    return written;
  }
}
