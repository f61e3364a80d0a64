/**
 * Loads a module when it is first asked for, and once more whenever that failed.
 *
 * To import the same again would not do: most browsers remember under its address that a module did
 * not load, and ask for it no more until the page is loaded anew. So another try has another query.
 * Only the error tells the address; where it does not (Node, Safari), the import is repeated as it is.
 */
export function importAgain<Module>(
  load: () => Promise<Module>,
  loadFrom: (address: string) => Promise<Module> = (address) => import(/* @vite-ignore */ address),
): () => Promise<Module> {
  let address: string | undefined;
  let failures = 0;
  return async () => {
    try {
      return await (address === undefined ? load() : loadFrom(`${address}?${failures}`));
    } catch (error) {
      failures += 1;
      address ??= /https?:[^\s?]+/.exec(String(error))?.[0];
      throw error;
    }
  };
}
