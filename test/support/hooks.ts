import { initBackend } from '../../src/core/backend';

export const mochaHooks = {
  async beforeAll(): Promise<void> {
    const backend = await initBackend();
    console.log(`backend: ${backend.summary}`);
  },
};
