"""Makes Keras models with weights that no initialiser gives, and writes what Keras makes of their inputs.

python keras_models.py FOLDER: for each NAME below, its Keras files and NAME-expected.safetensors with x, mean, logVar
and decoded.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import layers, ops

from tfjs_vae.safetensors import to_bytes

FOLDER = Path(sys.argv[1])


class Sampling(layers.Layer):
    """As on the Keras example page: it has a seed, which is state."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        epsilon = keras.random.normal(shape=ops.shape(z_mean), seed=self.seed_generator)
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon


class VAE(keras.Model):
    """The model of the example page, with the configuration that saving it as one file needs."""

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")

    def call(self, x):
        return self.decoder(self.encoder(x)[2])

    def get_config(self):
        return {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in ("encoder", "decoder")}


def example_encoder():
    """https://keras.io/examples/generative/vae, encoder."""
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(inputs)
    x = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(16, activation="relu")(x)
    z_mean = layers.Dense(2, name="z_mean")(x)
    z_log_var = layers.Dense(2, name="z_log_var")(x)
    return keras.Model(inputs, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])], name="encoder")


def example_decoder():
    """https://keras.io/examples/generative/vae, decoder."""
    inputs = keras.Input(shape=(2,))
    x = layers.Dense(7 * 7 * 64, activation="relu")(inputs)
    x = layers.Reshape((7, 7, 64))(x)
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    outputs = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x)
    return keras.Model(inputs, outputs, name="decoder")


def zoo_encoder():
    """Every layer and activation that can be converted, a model within, branches that are written in another order."""
    inputs = keras.Input(shape=(9, 12, 2))
    x = layers.ZeroPadding2D(((1, 0), (2, 1)))(inputs)
    x = layers.Conv2D(4, (3, 2), strides=(2, 1), padding="valid", dilation_rate=1, activation="elu")(x)
    x = layers.BatchNormalization(epsilon=1e-2, momentum=0.9)(x)
    x = layers.ReLU(max_value=0.9)(x)
    x = layers.Conv2D(5, 3, padding="same", dilation_rate=2, use_bias=False)(x)
    x = layers.LeakyReLU(negative_slope=0.15)(x)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.UpSampling2D((1, 2))(x)
    x = layers.Cropping2D(((0, 1), (1, 0)))(x)
    x = layers.AveragePooling2D((1, 3), strides=2)(x)
    a = layers.Conv2D(3, 1, activation="softplus")(x)
    b = layers.Conv2D(3, 2, padding="same", activation="gelu")(x)
    both = layers.Add()([layers.ELU()(b), a])
    both = layers.Multiply()([both, layers.Activation("silu")(a)])
    flat = layers.Flatten()(both)
    pooled = layers.GlobalAveragePooling2D()(layers.Activation("softsign")(b))
    x = layers.Concatenate()([pooled, flat])
    inner = keras.Sequential([keras.Input((x.shape[-1],)), layers.Dense(6, activation="selu"), layers.Dropout(0.5)])
    x = inner(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.BatchNormalization(center=False)(x)
    x = layers.Softmax()(layers.Dense(7, activation="mish", use_bias=False)(x))
    # The log-variance is made first and reached by the longer way.
    z_log_var = layers.Dense(3, name="z_log_var")(layers.Dense(4, activation="tanh")(x))
    z_mean = layers.Dense(3, name="z_mean", activation="linear")(x)
    return keras.Model(inputs, [z_log_var, z_mean, Sampling()([z_mean, z_log_var])], name="encoder")


def zoo_decoder():
    """Even kernels, uneven strides, paddings, and the sigmoid as a layer before the last shape."""
    inputs = keras.Input(shape=(3,))
    x = layers.Dense(3 * 4 * 2, activation="relu6")(inputs)
    x = layers.Reshape((3, 4, -1))(x)
    x = layers.Conv2DTranspose(3, (4, 2), strides=(2, 3), padding="same", activation="swish")(x)
    x = layers.Conv2DTranspose(2, (2, 3), strides=(1, 1), padding="valid", use_bias=False)(x)
    x = layers.Conv2DTranspose(2, 1, strides=2, padding="valid", activation="log_softmax")(x)
    x = layers.Activation("sigmoid")(x)
    return keras.Model(inputs, layers.Reshape((28, -1))(x), name="decoder")


def shake(*models, scale=0.1):
    """Values that no initialiser gives, small, and positive where they are variances."""
    rng = np.random.default_rng(1)
    for model in models:
        for weight in model.weights:
            noise = scale * rng.standard_normal(weight.shape)
            weight.assign(weight + (np.abs(noise) if "variance" in weight.name else noise))


def write_expected(name, encoder, decoder, mean=0, log_var=1):
    x = np.random.default_rng(2).random((4, *encoder.inputs[0].shape[1:])).astype(np.float32)
    outputs = encoder(x, training=False)
    decoded = decoder(outputs[mean], training=False)
    values = {"x": x, "mean": outputs[mean], "logVar": outputs[log_var], "decoded": decoded}
    arrays = {key: np.asarray(value, np.float32) for key, value in values.items()}
    (FOLDER / f"{name}-expected.safetensors").write_bytes(to_bytes(arrays, {}))


def main():
    keras.utils.set_random_seed(3)
    encoder, decoder = example_encoder(), example_decoder()
    shake(encoder, decoder)
    write_expected("example", encoder, decoder)
    for ending in ("keras", "h5"):
        encoder.save(FOLDER / f"example-encoder.{ending}")
        decoder.save(FOLDER / f"example-decoder.{ending}")
    whole = VAE(encoder, decoder)
    whole.compile(optimizer="adam")
    whole(np.zeros((1, 28, 28, 1), np.float32))
    whole.save(FOLDER / "example-class.keras")
    x = encoder.inputs[0]
    nested = keras.Model(x, decoder(encoder(x)[2]))
    nested.save(FOLDER / "example-nested.keras")
    nested.save(FOLDER / "example-nested.h5")
    # All layers in one graph, with the sampling between.
    flat = keras.Model(x, [*encoder.outputs[:2], decoder.layers[-1](through(decoder, encoder.outputs[2]))])
    flat.save(FOLDER / "example-flat.keras")
    zoo = zoo_encoder(), zoo_decoder()
    shake(*zoo, scale=0.5)
    write_expected("zoo", *zoo, mean=1, log_var=0)
    zoo[0].save(FOLDER / "zoo-encoder.keras")
    zoo[1].save(FOLDER / "zoo-decoder.keras")


def through(model, tensor):
    """All layers of a chain but the last."""
    for layer in model.layers[1:-1]:
        tensor = layer(tensor)
    return tensor


if __name__ == "__main__":
    main()
