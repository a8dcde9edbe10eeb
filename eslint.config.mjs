import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      '.venv/**',
      '.cache/**',
      'node_modules/**',
      'runs/**',
      'kernel-ext/share/**',
      'src/kernels/*.bytes.ts',
      'test/packaging/consumer/**',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: [
      'src/**/*.ts',
      'kernel-ext/kernel/**/*.ts',
      'kernel-ext/display/**/*.ts',
      'kernel-ext/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { prefer: 'type-imports', fixStyle: 'separate-type-imports' },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
  {
    // A variant's types differ from one to the next; the one permitted `any` lives in variant.ts (AnyAttention).
    files: ['src/attention/variant.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
);
