import { attentions } from '../attention';
import type { AnyAttention, AttentionVariant, Config, Inputs, Params, State } from '../attention/variant';
import { ConfigError } from '../core/errors';
import type { BTD } from '../core/tf';
import { tf } from '../core/tf';
import type { Tree } from '../core/tree';
import { disposeTree, leaves, mapTree } from '../core/tree';

/** How a layer is set up, beside its variant. A saved one holds these and the variant's name. */
export interface AttentionLayerSettings {
  readonly config: Config;
  readonly seed: number;
  readonly name?: string;
}

function registered(name: string): AnyAttention | undefined {
  return Object.hasOwn(attentions, name) ? attentions[name as keyof typeof attentions] : undefined;
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
  private readonly settings: AttentionLayerSettings;
  private readonly named = new Map<string, { read(): tf.Tensor }>();
  private paths: Tree<string> = {};

  constructor(variant: AnyAttention, settings: AttentionLayerSettings) {
    super(settings.name === undefined ? {} : { name: settings.name });
    this.variant = variant;
    this.settings = settings;
  }

  /** Makes a layer from its saved form. Throws `ConfigError` if the library has no variant of that name. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    saved: tf.serialization.ConfigDict,
  ): T {
    const name = String(saved['variant']);
    const variant = registered(name);
    if (!variant) {
      const names = Object.keys(attentions).join(', ');
      throw new ConfigError(
        `attentionLayer: a saved layer's 'variant' must be one of ${names}, got '${name}': a variant of your own is not found by name, so build the model in code and load its weights`,
      );
    }
    return new cls(variant, saved);
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
    const { config, seed } = this.settings;
    const variant = this.variant.meta.name;
    // loading goes by the name: it must not bring another variant in silence
    if ((registered(variant) ?? this.variant) !== this.variant) {
      throw new ConfigError(
        `attentionLayer: argument 'variant' must have a name of its own to be saved, got '${variant}', which is the library's`,
      );
    }
    return { ...super.getConfig(), variant, config: { ...config }, seed };
  }
}
tf.serialization.registerClass(AttentionLayer);

/**
 * Any variant as a `tf.layers.Layer` that trains with `model.fit` and shows in `summary()`. The library's own variants
 * also load again, by their name; for one of your own, build the model in code and load its weights.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   tf.layers.embedding({ inputDim: 96, outputDim: 32, inputLength: 64 }),
 *   attentionLayer(attentions.linear, { width: 32, heads: 4 }, { seed: 1 }),
 *   tf.layers.dense({ units: 96 }),
 * ] });
 */
export function attentionLayer<P extends Params, I extends Inputs, S extends State, C extends Config>(
  variant: AttentionVariant<P, I, S, C>,
  config: C,
  options: { readonly seed: number; readonly name?: string },
): AttentionLayer {
  return new AttentionLayer(variant, { config, ...options });
}
