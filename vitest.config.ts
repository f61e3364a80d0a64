import { defineConfig } from 'vitest/config';

const conditions = ['@pairwire/source', 'module', 'node', 'import', 'default'];

const all = '{packages/*/,conformance/,}test/**/*.test.ts';
/** Nothing in these folders replaces or counts what a process has only once. */
const pure = [
  'packages/{pairing,web}/test/**/*.test.ts',
  'packages/{channel,websocket}/test/protocol/**/*.test.ts',
  'packages/pairwire/test/{coap,relay,simulator}/**/*.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is awaited on a loaded machine comes late, and what never comes fails all the same.
    expect: { poll: { timeout: 20_000, interval: 10 } },
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'alone', include: [all], exclude: pure } },
      // A process and all modules anew for each file is most of the time that these would take.
      { extends: true, test: { name: 'together', include: pure, isolate: false } },
    ],
  },
});
