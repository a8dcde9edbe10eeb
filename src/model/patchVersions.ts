import { qllk } from '../attention/qllk';
import type { QllkConfig, QllkParams } from '../attention/qllk';
import type { Params } from '../attention/variant';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import type { BTD } from '../core/tf';
import { tf } from '../core/tf';
import { mlp } from '../modules/feedForward';
import { torchLinear, torchUniform } from '../modules/initializers';
import type { Linear } from '../modules/initializers';
import { layerNorm } from '../modules/norm';
import { project } from '../ops/linalg';

/** Sizes of the published model: D, and bytes per patch. */
export interface PatchSizes {
  readonly width: number;
  readonly patch: number;
}

/** What differs between the two published architectures that share a name. N is the number of patches, T = N · patch. */
export interface PatchVersion {
  /** Parameters around the blocks, beside embedding and hash. */
  initEnds(sizes: PatchSizes, seed: Seed): Params;
  initBlock(sizes: PatchSizes, seed: Seed): Params;
  /** Byte embeddings `[B, T, D]` -> patch latents `[B, N, D]`. */
  encode(ends: Params, bytes: BTD, patch: number): BTD;
  /** `[B, N, D]` -> the same shape. */
  block(params: Params, x: BTD, width: number): BTD;
  /** Patch latents `[B, N, D]` -> logits `[B, T, 256]`. */
  decode(ends: Params, latents: BTD, patch: number): BTD;
}

/** PyTorch's transposed convolution D -> D over `patch` bytes: it counts patch · D as the fan in, and has one bias per channel. */
function initTransposed(width: number, patch: number, seed: Seed): Linear {
  const fanIn = patch * width;
  return {
    weight: torchUniform<tf.Rank.R2>([width, patch * width], fanIn, splitSeed(seed, 'weight')),
    bias: torchUniform<tf.Rank.R1>([width], fanIn, splitSeed(seed, 'bias')),
  };
}

function kernel(version: '1.0' | '1.1', params: QllkParams, x: BTD, width: number): BTD {
  const config: QllkConfig = { width, heads: width, version };
  const inputs = qllk.project(params, x, config);
  const mixed = qllk.chunkwise ? qllk.chunkwise(inputs, x.shape[1]) : qllk.parallel(inputs);
  return qllk.output(params, mixed, x, config);
}

interface Block extends Params {
  readonly kernel: QllkParams;
  readonly mlp: Params;
  readonly first: Params;
  readonly second: Params;
}

function initBlock(version: '1.0' | '1.1', { width }: PatchSizes, hidden: number, seed: Seed): Block {
  return {
    kernel: qllk.init({ width, heads: width, version }, splitSeed(seed, 'kernel')),
    mlp: mlp.init(width, splitSeed(seed, 'mlp'), { hidden }),
    first: layerNorm.init(width),
    second: layerNorm.init(width),
  };
}

/** Means of patches, a norm before and after an MLP that has no residual, all bytes of a patch from one matrix. */
export const version10: PatchVersion = Object.freeze({
  initEnds: ({ width, patch }: PatchSizes, seed: Seed) => ({
    decoder: torchLinear(width, 256 * patch, splitSeed(seed, 'decoder')),
  }),
  initBlock: (sizes: PatchSizes, seed: Seed) => initBlock('1.0', sizes, 2 * sizes.width, seed),
  encode(_ends: Params, bytes: BTD, patch: number): BTD {
    const [B, T, D] = bytes.shape;
    return tf.mean(tf.reshape(bytes, [B, T / patch, patch, D]), 2);
  },
  block(params: Params, x: BTD, width: number): BTD {
    const block = params as Block;
    const mixed: BTD = tf.add(x, kernel('1.0', block.kernel, x, width));
    return layerNorm.apply(block.second, mlp.apply(block.mlp, layerNorm.apply(block.first, mixed)));
  },
  decode(ends: Params, latents: BTD, patch: number): BTD {
    const { weight, bias } = ends['decoder'] as Linear;
    const [B, N] = latents.shape;
    return tf.reshape(project(latents, weight, bias), [B, N * patch, 256]);
  },
});

/** A convolution per patch, pre-norm blocks with both residuals, a transposed convolution back; no final norm. */
export const version11: PatchVersion = Object.freeze({
  // stride equals kernel size, so both convolutions are one matrix product per patch
  initEnds: ({ width: D, patch }: PatchSizes, seed: Seed) => ({
    encoder: torchLinear(patch * D, D, splitSeed(seed, 'encoder')),
    unpatch: initTransposed(D, patch, splitSeed(seed, 'unpatch')),
    head: torchLinear(D, 256, splitSeed(seed, 'head')),
  }),
  initBlock: (sizes: PatchSizes, seed: Seed) => initBlock('1.1', sizes, 4 * sizes.width, seed),
  encode(ends: Params, bytes: BTD, patch: number): BTD {
    const { weight, bias } = ends['encoder'] as Linear;
    const [B, T, D] = bytes.shape;
    return project(tf.reshape<tf.Rank.R3>(bytes, [B, T / patch, patch * D]), weight, bias);
  },
  block(params: Params, x: BTD, width: number): BTD {
    const block = params as Block;
    const mixed: BTD = tf.add(x, kernel('1.1', block.kernel, layerNorm.apply(block.first, x), width));
    return tf.add(mixed, mlp.apply(block.mlp, layerNorm.apply(block.second, mixed)));
  },
  decode(ends: Params, latents: BTD, patch: number): BTD {
    const { weight, bias } = ends['unpatch'] as Linear;
    const head = ends['head'] as Linear;
    const [B, N, D] = latents.shape;
    const bytes = tf.reshape<tf.Rank.R3>(project(latents, weight), [B, N * patch, D]);
    return project(tf.add<BTD>(bytes, bias), head.weight, head.bias);
  },
});
