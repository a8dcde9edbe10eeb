import { attentions } from '../attention';
import type { AnyAttention, Config, Params } from '../attention/variant';
import { ConfigError } from '../core/errors';
import type { BTD } from '../core/tf';
import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import { disposeTree, leaves, mapTree } from '../core/tree';

/** What a saved layer holds: the variant's name, its config and its seed. */
export interface AttentionLayerConfig {
  readonly variant: string;
  readonly config: Config;
  readonly seed: number;
  readonly name?: string;
}

/** Starts a weight at a value that is already known. */
class Given extends tf.serialization.Serializable {
  static readonly className = 'AttentionLabGiven';
  constructor(private readonly value: tf.Tensor) {
    super();
  }
  apply(): tf.Tensor {
    return tf.clone(this.value);
  }
  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

/** A causal attention layer `[B, T, D] -> [B, T, D]` for people who live in `tf.layers`; see {@link attentionLayer}. */
export class AttentionLayer extends tf.layers.Layer {
  static readonly className = 'AttentionLab';
  private readonly variant: AnyAttention;
  private readonly settings: AttentionLayerConfig;
  private readonly named = new Map<string, { read(): tf.Tensor }>();
  private paths: Tree<string> = {};

  constructor(settings: AttentionLayerConfig) {
    super(settings.name === undefined ? {} : { name: settings.name });
    const variant = (attentions as Readonly<Record<string, AnyAttention>>)[settings.variant];
    if (!variant) {
      throw new ConfigError(
        `attentionLayer: argument 'variant' must be one of ${Object.keys(attentions).join(', ')}, got '${settings.variant}'`,
      );
    }
    this.variant = variant;
    this.settings = settings;
  }

  override build(): void {
    const start = this.variant.init(this.settings.config, this.settings.seed) as Params;
    for (const [path, value] of leaves<tf.Variable>(start)) {
      const initializer = new Given(value) as unknown as Parameters<tf.layers.Layer['addWeight']>[3];
      this.named.set(path, this.addWeight(path, value.shape, 'float32', initializer));
    }
    this.paths = mapTree<tf.Variable, string>(start, (_, path) => path);
    disposeTree(start);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as BTD;
      const { config } = this.settings;
      const params = mapTree<string, tf.Tensor>(this.paths, (path) =>
        (this.named.get(path) as { read(): tf.Tensor }).read(),
      ) as Params;
      const projected = this.variant.project(params, x, config);
      const mixed = this.variant.chunkwise
        ? this.variant.chunkwise(projected, 64)
        : this.variant.parallel(projected);
      return this.variant.output(params, mixed, x, config);
    });
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { variant, config, seed } = this.settings;
    return { ...super.getConfig(), variant, config: { ...config }, seed };
  }
}
tf.serialization.registerClass(AttentionLayer);

/**
 * Any variant as a `tf.layers.Layer` that trains with `model.fit`, shows in `summary()`, saves and loads.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   tf.layers.embedding({ inputDim: 96, outputDim: 32, inputLength: 64 }),
 *   attentionLayer(attentions.linear, { width: 32, heads: 4 }, { seed: 1 }),
 *   tf.layers.dense({ units: 96 }),
 * ] });
 */
export function attentionLayer<C extends Config>(
  variant: { readonly meta: { readonly name: string } },
  config: C,
  options: { seed: number; name?: string },
): AttentionLayer {
  return new AttentionLayer({ variant: variant.meta.name, config, ...options });
}
