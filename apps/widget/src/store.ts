/** The browser's own storage, first party; a page that forbids it has the chat for as long as it is open. */
export class Store {
  private readonly fallback = new Map<string, string>();

  constructor(private readonly account: string) {}

  get<T>(name: string): T | null {
    try {
      const text = this.attempt((storage) => storage.getItem(this.key(name))) ?? this.fallback.get(name) ?? null;
      return text === null ? null : (JSON.parse(text) as T);
    } catch {
      // Written by somebody else: as good as nothing.
      return null;
    }
  }

  set(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.fallback.set(name, text);
    this.attempt((storage) => storage.setItem(this.key(name), text));
  }

  clear(): void {
    for (const name of ['token', 'queue', 'draft', 'readTo']) {
      this.fallback.delete(name);
      this.attempt((storage) => storage.removeItem(this.key(name)));
    }
  }

  private readonly key = (name: string) => `parley.${this.account}.${name}`;

  private attempt<T>(work: (storage: Storage) => T): T | undefined {
    try {
      return work(window.localStorage);
    } catch {
      // Forbidden or full: the fallback holds it.
      return undefined;
    }
  }
}
