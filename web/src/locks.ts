/** Runs one task per name at a time. The others wait. */
export interface Locks {
  request<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/**
 * Returns the browser's Web Locks, which all tabs share. Browsers have them on HTTPS and localhost only. Elsewhere the locks apply
 * within this tab only.
 */
export function browserLocks(): Locks {
  return 'locks' in navigator ? navigator.locks : new TabLocks();
}

/** Locks within one tab: a chain of promises per name. */
export class TabLocks implements Locks {
  #last = new Map<string, Promise<unknown>>();

  request<T>(name: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(name) ?? Promise.resolve()).then(task, task);
    this.#last.set(name, result);
    return result;
  }
}
