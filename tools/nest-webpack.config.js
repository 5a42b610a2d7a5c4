// For `nest build` and `nest start`. Everything is compiled by tools/build.mjs, as for `npm start`; webpack with swc then
// makes the app's own entry and leaves all it imports where that put it. One bundle would lose the files that are
// started or served by their place (workers, the browser apps).
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { dirname, join, relative, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const { $schema: _, jsc, module: format } = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
const { baseUrl: __, paths, ...compile } = jsc;

/** `@parley/runtime`, asked for by `apps/ingest/main.ts` → `../../libs/runtime` */
function compiledPlace(request, issuerFolder) {
  const [path] = paths[request] ?? [request.replace('@parley/connectors/', './libs/connectors/')];
  return relative(issuerFolder, join(root, dirname(path)));
}

module.exports = (options) => {
  execFileSync(process.execPath, [join(root, 'tools/build.mjs'), '--if-stale'], { stdio: 'inherit' });
  return {
    ...options,
    mode: 'none',
    externals: [
      ({ context, request, contextInfo }, callback) => {
        if (!contextInfo.issuer) return callback();
        return callback(null, `commonjs ${request.startsWith('@parley/') ? compiledPlace(request, context) : request}`);
      },
    ],
    module: {
      rules: [
        {
          test: /\.ts$/,
          exclude: /node_modules/,
          use: { loader: 'swc-loader', options: { swcrc: false, jsc: compile, module: format } },
        },
      ],
    },
    resolve: { extensions: ['.ts', '.js', '.json'] },
    plugins: [],
  };
};
