import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `npm run dev:inbox` serves it with the API of a Parley that runs on port 3000.
export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [tailwindcss()],
  build: { outDir: here('../../dist/apps/inbox'), emptyOutDir: true, chunkSizeWarningLimit: 700 },
  server: {
    host: '127.0.0.1',
    proxy: { '/v1': { target: 'http://127.0.0.1:3000', ws: true } },
  },
});
