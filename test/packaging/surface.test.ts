import { expect } from 'chai';
import * as lab from '../../src';

/** What the package promises. Taking a name away breaks somebody's notebook; adding one is a promise. */
const names = `
  AttentionLabError BackendError ConfigError DivergedError FileError Random ShapeError StoppedError
  accuracy attentionLayer attentionMap attentions basedLayout basisFromJson basisFromParams basisParams basisToJson
  bigramCrossEntropy bitsPerByte buildRun byteTokenizer characterTokenizer compareWithFourier constant copy corpusNames
  corpusTable cosine countParameters crossEntropy defineAttention disposeState disposeTree evaluate evaluateBasis
  featureMaps feedForwards fit fitFourier fitRamp generate induction initBackend inverseSqrt languageModel learnedBases
  leaves loadBasis loadCheckpoint loadCorpus loadTokenizer lossRun mapTree maxDifference natsPerToken noiseFloor norms
  ops pairLogits parseRunConfig patchModel plot positionWeights positionsOf probeAll probeCausality probeRandomBytes
  probeSubjects randomBytes readRunLog recall rotary runRecurrent sampleInputs saveBasis saveTokenizer scaling sineBasis
  sinusoidal splitHeldOut splitSeed stepper textBatches tf tokenizerFromJson trainBpe unigramCrossEntropy unigramEntropy
  variantTable warmup yardsticks
`;

describe('the public surface', () => {
  it('is exactly this', () => {
    const wanted = names.trim().split(/\s+/).sort();
    expect(Object.keys(lab).sort()).to.deep.equal(wanted);
  });
});
