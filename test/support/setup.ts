import * as tf from '@tensorflow/tfjs';

// tfjs greets Node users with an advertisement, and says again which kernels a backend had before; PROD silences both.
// Not IS_TEST: its check counts what custom gradients save as leaks of the wasm backend, whose clones are copies.
tf.enableProdMode();
