const PREFIX = 'pairwire.';

/** Small choices that outlive the page: language, address. Never anything of a link. */
export interface KeptSettings {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/**
 * Settings in localStorage. Touching it throws where the person has blocked it, and writing throws
 * when it is full: a choice is then forgotten, nothing else changes.
 */
export function browserSettings(storage: () => Storage = () => window.localStorage): KeptSettings {
  return {
    get(name) {
      try {
        return storage().getItem(PREFIX + name) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set(name, value) {
      try {
        storage().setItem(PREFIX + name, value);
      } catch {
        // Forgotten at the end of the page, as the comment above says.
      }
    },
  };
}
