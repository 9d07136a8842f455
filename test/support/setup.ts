import * as tf from '@tensorflow/tfjs';

// tfjs greets Node users with an advertisement, and says again which kernels a backend had before.
tf.env().set('IS_TEST', true);
tf.enableProdMode();
