import { defineConfig } from 'vite';

// The default address of `aisle dev`. Only `npm run dev` uses it.
const backend = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/graphiql/',
  // Vite compiles JSX itself and needs no framework plugin.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // dist/.gitkeep is committed, so that Go can embed the directory before the page is built. Each build empties the directory and
    // copies the file from public/.
    emptyOutDir: true,
    // Every supported browser preloads modules itself.
    modulePreload: { polyfill: false },
    // Monaco is one large chunk that loads after sign-in. Splitting it has no benefit.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" is for server-side rendering. Hundreds of these warnings would hide a real one.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  server: {
    fs: { allow: ['..'] },
    proxy: { '/graphql': backend },
  },
});
