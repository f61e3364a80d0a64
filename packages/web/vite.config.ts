import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The views of a link that is, or was, connected, whom it leaves remembered, and what only that needs. */
const CONNECTED = new RegExp(
  [
    String.raw`web/src/conversation/(?!(?:kept-)?conversation\.ts|leave-warning\.ts)`,
    String.raw`web/src/remembered/`,
    String.raw`web/src/text/reason`,
    String.raw`web/src/styles/(conversation|remembered)\.css`,
    String.raw`web/src/phone/(later-|phone-end|confirm-screen|remembered-screen|computer-list)`,
    String.raw`web/src/ui/(copy-button|ended-panel|number-choice)`,
    String.raw`pairing/src/(remembered|remembering|remember-secret|meetings)\.ts`,
  ].join('|'),
);

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
