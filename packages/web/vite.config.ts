import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

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
            // All that is needed twice in one file: small ones cost a request each and compress worse.
            output: { codeSplitting: { groups: [{ name: 'conversation', minShareCount: 2 }] } },
          },
  },
}));
