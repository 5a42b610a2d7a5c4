import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One file, `widget.js`, that a shop puts on its pages.
export default defineConfig({
  root: here('.'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../dist/apps/widget'),
    emptyOutDir: true,
    target: 'es2020',
    lib: { entry: here('src/main.tsx'), formats: ['iife'], name: 'ParleyWidget', fileName: () => 'widget.js' },
  },
});
