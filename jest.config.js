// Packages that ship ES modules only: Jest on Node 20 cannot require them as they are.
const esm = [
  'jose',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  '@fastify/static',
  'content-disposition',
  'eld',
  'html-to-text',
  'postal-mime',
];

const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|m?js)$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join('|')})/)`],
  moduleNameMapper: {
    '^@parley/connector/testing$': '<rootDir>/libs/connector/testing/index.ts',
    '^@parley/connectors/(.*)$': '<rootDir>/libs/connectors/$1',
    '^@parley/(model|event-log|connector|connectors|channels|translation|runtime)$': '<rootDir>/libs/$1/index.ts',
    '^file-type$': '<rootDir>/node_modules/file-type/index.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

module.exports = {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/libs/**/*.spec.ts', '<rootDir>/apps/**/*.spec.ts'] },
    { ...common, displayName: 'house', testMatch: ['<rootDir>/test/**/*.spec.ts'] },
  ],
};
