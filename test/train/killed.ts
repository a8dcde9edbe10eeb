/** A process made to be killed: trains the tiny model in the folder it is given, resuming what it finds there. */
import { initBackend } from '../../src/core/backend';
import { fit } from '../../src/train/fit';
import { killedRun } from './killedRun';
import { tinyData, tinyModel } from './tiny';

async function run(directory: string): Promise<void> {
  await initBackend();
  await fit(tinyModel(7, 3, 11), tinyData(), {
    ...killedRun(directory),
    onStep: async ({ step }) => {
      process.stdout.write(`${step}\n`);
      // leaves the parent time to strike before many steps have passed
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
}

void run(process.argv[2] as string);
