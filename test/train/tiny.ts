import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Random, randomNormal, splitSeed } from '../../src/core/random';
import { tf } from '../../src/core/tf';
import { disposeTree } from '../../src/core/tree';
import type { BatchSource } from '../../src/data/batches';
import { textBatches } from '../../src/data/batches';
import type { Trainable } from '../../src/model/trainable';

/** The smallest language model: the next token from the current one, through a narrow embedding. */
export function tinyModel(vocabulary: number, width: number, seed: number): Trainable {
  const normal = (rows: number, columns: number, name: string) => {
    const values = randomNormal<tf.Rank.R2>([rows, columns], 0, 0.3, splitSeed(seed, name));
    const variable = tf.variable(values);
    values.dispose();
    return variable;
  };
  const embedding = normal(vocabulary, width, 'embedding');
  const readout = normal(width, vocabulary, 'readout');
  const zeros = tf.zeros<tf.Rank.R1>([vocabulary]);
  const bias = tf.variable(zeros);
  zeros.dispose();
  const parameters = { embedding, head: { readout, bias } };
  return {
    vocabulary,
    parameters,
    apply: (ids) =>
      tf.tidy(() => {
        const [batch, time] = ids.shape;
        const rows = tf.matMul(
          tf.cast(tf.oneHot(tf.reshape(ids, [batch * time]), vocabulary), 'float32'),
          embedding,
        );
        const logits = tf.add(tf.matMul(tf.tanh(rows), readout), bias);
        return tf.reshape<tf.Rank.R3>(logits, [batch, time, vocabulary]);
      }),
    dispose: () => disposeTree(parameters),
  };
}

/** Text with something to learn: each token is usually its predecessor plus one. */
export function tinyData(
  options: { vocabulary?: number; batch?: number; time?: number; seed?: number } = {},
): BatchSource {
  const { vocabulary = 7, batch = 4, time = 5, seed = 1 } = options;
  const random = new Random(99);
  const ids = new Int32Array(600);
  for (let i = 1; i < ids.length; i++)
    ids[i] =
      random.uniform() < 0.8 ? ((ids[i - 1] as number) + 1) % vocabulary : random.integer(0, vocabulary - 1);
  return textBatches(ids, { vocabulary, bytesPerToken: 1, batch, time, seed });
}

/** A fresh folder for one test, removed by `remove`. */
export function temporaryFolder(): { readonly at: (name: string) => string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-lab-'));
  return {
    at: (name) => path.join(folder, name),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** All weights of a model in one array, to compare bit by bit. */
export function allWeights(model: Trainable): number[] {
  const { embedding, head } = model.parameters as {
    embedding: tf.Variable;
    head: { readout: tf.Variable; bias: tf.Variable };
  };
  return [embedding, head.readout, head.bias].flatMap((variable) => [...variable.dataSync()]);
}
