import type { ArrayField } from '../data/array-field';

/** Images with or without the class of each. */
export type ImageSet = {
  /** `[count, height, width, 1]`, uint8 with scale 1/255. */
  images: ArrayField;
  /** One class per image, where there are any. */
  labels?: Uint8Array;
};

/**
 * The pictures of an idx file in the form that a batch takes: `[count, height, width]` → `[count, height, width, 1]`,
 * scale 1/255.
 *
 * @throws When it does not hold uint8 pictures.
 */
export function asImages({ values, shape }: ArrayField): ArrayField {
  if (!(values instanceof Uint8Array) || shape.length !== 3 || shape.includes(0)) {
    throw new Error(`expected uint8 images [count, height, width], got ${values.constructor.name} [${shape}]`);
  }
  return { values, shape: [...shape, 1], scale: 1 / 255 };
}

/**
 * Labels of an idx file, as many as there are images.
 *
 * @throws When the file does not hold uint8 labels, or holds more or fewer than there are images.
 */
export function asLabels({ values, shape }: ArrayField, images: ArrayField): Uint8Array {
  if (!(values instanceof Uint8Array) || shape.length !== 1) {
    throw new Error(`expected uint8 labels [count], got ${values.constructor.name} [${shape}]`);
  }
  if (values.length !== images.shape[0]) {
    throw new Error(`expected a label for each of ${images.shape[0]} images, got ${values.length}`);
  }
  return values;
}
