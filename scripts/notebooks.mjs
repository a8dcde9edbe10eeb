// `npm run notebooks [-- --write] [name]`: every notebook, headless, through the real kernel
import { checkNode } from './lib/checkNode.mjs';

checkNode();
Promise.all([import('./lib/console.mjs'), import('./setup/index.mjs'), import('./notebooks/run.mjs')]).then(
  ([{ main }, { setUp }, { runNotebooks }]) =>
    main(async () => {
      await setUp();
      const { passed, failed } = await runNotebooks(process.argv.slice(2));
      console.log(`${passed} passed, ${failed} failed`);
      return failed > 0 ? 1 : 0;
    }),
);
