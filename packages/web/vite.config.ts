import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions: ['@pairwire/source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // The Content-Security-Policy has no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: [page('index.html'), page('p.html')],
      // All that is needed twice in one file: small ones cost a request each and compress worse.
      output: { codeSplitting: { groups: [{ name: 'conversation', minShareCount: 2 }] } },
    },
  },
});
