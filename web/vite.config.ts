import { defineConfig } from 'vite';

// `aisle dev` on its usual port; only `npm run dev` uses it.
const backend = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/graphiql/',
  // JSX is compiled by Vite itself; no framework plugin is needed.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // dist/.gitkeep is committed, so that Go can embed the folder before the page is built; each build
    // empties the folder and copies the file back from public/.
    emptyOutDir: true,
    // Every browser that runs this page preloads modules by itself.
    modulePreload: { polyfill: false },
    // Monaco is one large chunk, loaded after sign-in; splitting it further gains nothing.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" is for servers that render React; hundreds of these lines would hide a real warning.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  server: {
    fs: { allow: ['..'] },
    proxy: { '/graphql': backend },
  },
});
