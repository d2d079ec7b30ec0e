/** Keeps one value over a reload, for all tabs. */
export interface Store {
  /** The value as it is now, whichever tab wrote it; undefined for none. */
  get(): Promise<unknown>;
  /** Keeps a value; undefined removes it. */
  set(value: unknown): Promise<void>;
}

const table = 'values';
const key = 'current';

/**
 * A Store in IndexedDB, where a value is seen by every tab once `set` is done. localStorage is simpler, but each
 * tab reads its own copy of it for a moment longer: two tabs would spend the same refresh token.
 */
export class BrowserStore implements Store {
  readonly #name: string;
  readonly #channel: BroadcastChannel;

  constructor(name: string) {
    this.#name = name;
    this.#channel = new BroadcastChannel(name);
  }

  get(): Promise<unknown> {
    return this.#run('readonly', (values) => values.get(key));
  }

  async set(value: unknown): Promise<void> {
    await this.#run('readwrite', (values) => (value === undefined ? values.delete(key) : values.put(value, key)));
    this.#channel.postMessage(null);
  }

  /** Calls the listener after each change that another tab made. */
  watch(listener: () => void): void {
    this.#channel.addEventListener('message', listener);
  }

  async #run(mode: IDBTransactionMode, ask: (values: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.#open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(table, mode);
        const request = ask(transaction.objectStore(table));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(new Error('This browser could not store the session.'));
      });
    } finally {
      database.close();
    }
  }

  #open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(table);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error('This browser does not let the page store a session.'));
    });
  }
}
