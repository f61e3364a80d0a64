import type { ResumeStore } from '@pairwire/pairing';

/**
 * A place in this tab's sessionStorage, which survives a reload and ends with the tab. What lies
 * there, and who could read it: docs/topics/attacks.md, A12. Where the browser forbids storage,
 * everything throws, and nothing survives.
 */
export function tabStore(name: string): ResumeStore {
  const key = `pairwire.${name}`;
  return {
    load: () => sessionStorage.getItem(key) ?? undefined,
    save: (state) => sessionStorage.setItem(key, state),
    clear: () => sessionStorage.removeItem(key),
  };
}
