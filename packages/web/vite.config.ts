import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The views of a link that is, or was, connected, and what only they need. */
const CONNECTED =
  /src\/conversation\/(?!(?:kept-)?conversation\.ts|leave-warning\.ts)|conversation\.css|later-(page|screens)|phone-ended-screen|confirm-screen|\/ui\/(copy-button|ended-panel|number-choice)/;

/**
 * Two builds into one folder: the pages, and with `--mode lab`, after them, the lab. In one build
 * the pages would share pieces with the lab, and the phone page would pay for it.
 */
export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions: ['@pairwire/source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // The Content-Security-Policy has no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: mode !== 'lab',
    rolldownOptions:
      mode === 'lab'
        ? { input: [page('lab.html')] }
        : {
            input: [page('index.html'), page('p.html')],
            output: {
              codeSplitting: {
                includeDependenciesRecursively: false,
                groups: [
                  // What comes after the tap; the phone's page loads it behind its first view.
                  { name: 'connected', test: CONNECTED, priority: 1 },
                  // All else that is needed twice: small files cost a request each and compress worse.
                  { name: 'conversation', minShareCount: 2 },
                ],
              },
            },
          },
  },
}));
