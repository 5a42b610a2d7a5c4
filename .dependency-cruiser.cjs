// The house's dependency table (CONTRIBUTING.md): who may import whom. Everything not named here is forbidden.
const rooms = {
  model: [],
  'event-log': ['model'],
  connector: ['model'],
  connectors: ['connector', 'model'],
  translation: ['model'],
  runtime: ['model', 'event-log'],
  channels: ['model', 'connector', 'connectors', 'runtime'],
};

const libRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `libs/${room} may import ${allowed.length ? allowed.map((name) => `libs/${name}`).join(', ') : 'no other room'}.`,
  severity: 'error',
  from: { path: `^libs/${room}/`, pathNot: '[.]spec[.]ts$|/testing/' },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[room, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...libRules,
    {
      name: 'apps-stand-alone',
      comment: 'Data goes forward through the log: no app imports another. Only apps/parley joins them.',
      severity: 'error',
      from: { path: '^apps/(?!parley/)([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'connectors-stand-alone',
      comment: 'A channel knows nothing of another channel.',
      severity: 'error',
      from: { path: '^libs/connectors/([^/]+)/' },
      to: { path: '^libs/connectors/', pathNot: '^libs/connectors/$1/' },
    },
    {
      name: 'libs-by-their-index',
      comment: 'Another room is entered through its door: import @parley/<lib>, not a file inside it.',
      severity: 'error',
      from: { path: '^(libs/([^/]+)|apps/[^/]+)/', pathNot: '[.]spec[.]ts$' },
      to: {
        path: '^libs/[^/]+/(?!index[.]ts$|testing/index[.]ts$)',
        pathNot: ['^libs/$2/', '^libs/connectors/[^/]+/index[.]ts$'],
      },
    },
    {
      name: 'kafkajs-in-one-file',
      severity: 'error',
      from: { pathNot: '^(libs/event-log/kafka/|test/)' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'otel-sdk-in-tracing',
      comment: 'Everything else calls the API, which is empty until runtime/tracing loads the SDK.',
      severity: 'error',
      from: { pathNot: '^(libs/runtime/tracing/|test/)' },
      to: { path: 'node_modules/@opentelemetry/(?!api/)' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(apps/inbox|apps/widget|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
