import { defineConfig } from 'vitest/config';

const conditions = ['@pairwire/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages/*/,conformance/,}test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is awaited on a loaded machine comes late, and what never comes fails all the same.
    expect: { poll: { timeout: 20_000, interval: 10 } },
    maxWorkers: 2,
  },
});
