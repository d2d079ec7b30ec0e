/** Runs one task at a time for a name; the others wait their turn. */
export interface Locks {
  request<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/**
 * The browser's Web Locks, which all tabs share. They exist on HTTPS and localhost only; on plain HTTP
 * elsewhere tasks take turns within this tab, and other tabs are not seen.
 */
export function browserLocks(): Locks {
  return 'locks' in navigator ? navigator.locks : new TabLocks();
}

/** Locks within one tab: a chain of promises per name. */
export class TabLocks implements Locks {
  #last = new Map<string, Promise<unknown>>();

  request<T>(name: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(task, task);
    this.#last.set(name, turn);
    return turn;
  }
}
