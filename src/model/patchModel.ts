import type { Params } from '../attention/variant';
import { expect, expectInteger, ShapeError } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import type { BTD } from '../core/tf';
import { tf } from '../core/tf';
import { countParameters, disposeTree } from '../core/tree';
import { normal } from '../modules/initializers';
import { project } from '../ops/linalg';
import { version10, version11 } from './patchVersions';
import { checkIds } from './ids';
import type { Trainable } from './trainable';

/** The published QLLK models, and their honest form. */
export interface PatchModelConfig {
  /** Two different architectures share the name: '1.0' and '1.1'. */
  readonly version: '1.0' | '1.1';
  /**
   * 'asPublished': the latent of a patch predicts bytes of that same patch, so seven of eight targets are its inputs.
   * 'shifted': the latents move one patch on, so a byte is predicted from earlier patches alone.
   */
  readonly form: 'asPublished' | 'shifted';
  /** D. Default 256. */
  readonly width?: number;
  /** Default 4. */
  readonly layers?: number;
  /** Bytes per patch. Default 8. */
  readonly patch?: number;
}

/** A byte model over patches. `apply` wants T to be a multiple of the patch length. */
export interface PatchModel extends Trainable {
  readonly config: Required<PatchModelConfig>;
  readonly parameterCount: number;
}

const versions = { '1.0': version10, '1.1': version11 } as const;

/**
 * QLLK-Transformer (2025, https://github.com/acunningham-ship-it/QLLK-Transformer) whole: byte embeddings, patches,
 * the "feature hashing" x + tanh(x M), blocks around the channelwise kernel `qllk`, and a decoder back to bytes.
 *
 * As published both versions read their own targets: on uniform random bytes they pass below ln 256, which nothing
 * honest can ({@link noiseFloor} says how far). Shifted they are causal, but still predict the bytes of a patch
 * independently of one another, so they cannot be sampled byte by byte. Initialisation is PyTorch's default.
 * O(T · D²) time. Throws `ConfigError` on a bad setting, and `apply` a `ShapeError` if T is no multiple of `patch`.
 *
 * @example
 * const model = patchModel({ version: '1.1', form: 'asPublished' }, 1);
 * model.parameterCount; // 4404992
 */
export function patchModel(given: PatchModelConfig, seed: Seed): PatchModel {
  const config = checked(given);
  const { form, width, layers, patch } = config;
  const version = versions[config.version];
  const ends = version.initEnds(config, splitSeed(seed, 'ends'));
  const blocks = Array.from({ length: layers }, (_, layer) =>
    version.initBlock(config, splitSeed(seed, `block ${layer}`)),
  );
  const embedding = normal<tf.Rank.R2>([256, width], 1, splitSeed(seed, 'embedding'));
  const hash = normal<tf.Rank.R2>([width, width], 0.02, splitSeed(seed, 'hash'));
  const parameters: Params = {
    embedding,
    hash,
    ends,
    blocks: Object.fromEntries(blocks.map((block, layer) => [String(layer).padStart(2, '0'), block])),
  };

  return {
    config,
    parameters,
    parameterCount: countParameters(parameters),
    vocabulary: 256,
    dispose: () => disposeTree(parameters),
    apply(ids) {
      if (ids.shape[1] % patch !== 0 || ids.shape[1] === 0) {
        throw new ShapeError(
          `patchModel.apply: argument 'ids' must have shape [B, T] with T a multiple of ${patch}, got [${ids.shape.join(', ')}]`,
        );
      }
      checkIds('patchModel.apply', ids, 256);
      return tf.tidy(() => {
        const bytes = tf.gather<tf.Tensor>(embedding, ids) as BTD;
        const patches = version.encode(ends, bytes, patch);
        let x: BTD = tf.add(patches, tf.tanh(project(patches, hash)));
        for (const block of blocks) x = version.block(block, x, width);
        return version.decode(ends, form === 'shifted' ? onePatchLater(x) : x, patch);
      });
    },
  };
}

/**
 * The lowest loss, in nats per byte, that a model of this form can reach on uniform random bytes.
 *
 * Version 1.1 knows all bytes of a patch, so only the last target is open: ln 256 / P. Version 1.0 knows which bytes
 * but not their order: a known target costs ln(P / its count), with a count of 1 + Binomial(P - 1, 1/256). Shifted
 * models know nothing: ln 256.
 *
 * @example
 * noiseFloor({ version: '1.1', form: 'asPublished' }); // 0.693
 */
export function noiseFloor({ version, form, patch = 8 }: PatchModelConfig): number {
  const open = Math.log(256);
  if (form === 'shifted') return open;
  if (version === '1.1') return open / patch;
  let repeats = 0; // E[ln count]
  let chance = (255 / 256) ** (patch - 1); // of k further copies among the other P - 1 bytes
  for (let k = 0; k < patch; k++) {
    repeats += chance * Math.log(1 + k);
    chance *= (patch - 1 - k) / (k + 1) / 255;
  }
  return ((patch - 1) * (Math.log(patch) - repeats) + open) / patch;
}

/** Latents of patch p - 1 in the place of patch p; zeros before the first. */
function onePatchLater(x: BTD): BTD {
  const kept: BTD = tf.slice(x, [0, 0, 0], [-1, x.shape[1] - 1, -1]);
  return tf.pad(kept, [
    [0, 0],
    [1, 0],
    [0, 0],
  ]);
}

function checked(given: PatchModelConfig): Required<PatchModelConfig> {
  const config = { width: 256, layers: 4, patch: 8, ...given };
  for (const name of ['width', 'layers', 'patch'] as const) expectInteger(config[name], 'patchModel', name);
  expect(config.version in versions, 'patchModel', 'version', "'1.0' or '1.1'", config.version);
  const { form } = config;
  expect(
    form === 'asPublished' || form === 'shifted',
    'patchModel',
    'form',
    "'asPublished' or 'shifted'",
    form,
  );
  return config;
}
