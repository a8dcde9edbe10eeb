import type { Params } from '../attention/variant';
import type { BT, tf } from '../core/tf';

/** Anything `fit` can train: parameters and a map from token ids to next-token logits. */
export interface Trainable {
  readonly parameters: Params;
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /** Token ids `[B, T]` int32 -> logits `[B, T, vocabulary]` for the token that follows each position. Tidy. */
  apply(ids: BT): tf.Tensor3D;
  /** Frees the parameters. */
  dispose(): void;
}
