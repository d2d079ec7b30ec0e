/** Stores one value across reloads, for all tabs. */
export interface ValueStore {
  /** Returns the current value, whichever tab wrote it, or undefined. */
  get(): Promise<unknown>;
  /** Stores a value. undefined removes it. */
  set(value: unknown): Promise<void>;
}

const objectStore = 'values';
const key = 'current';

/**
 * A ValueStore in IndexedDB, where every tab sees a value as soon as `set` is done. localStorage is simpler, but other tabs see a change
 * later, so that two tabs could send the same refresh token.
 */
export class BrowserStore implements ValueStore {
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

  /** Calls the listener after each change by another tab. */
  watch(listener: () => void): void {
    this.#channel.addEventListener('message', listener);
  }

  async #run(mode: IDBTransactionMode, operation: (values: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.#open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(objectStore, mode);
        const request = operation(transaction.objectStore(objectStore));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(new Error('The browser could not store the session.'));
      });
    } finally {
      database.close();
    }
  }

  #open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(objectStore);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error('The browser does not allow this page to store a session.'));
    });
  }
}
