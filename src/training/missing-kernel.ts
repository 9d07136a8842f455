/** What tfjs says where a backend cannot do what a model needs, with what to do; other errors stay as they are. */
export function explained(error: unknown): unknown {
  const found = /kernel '(\w+)' .*backend '(\w+)'/i.exec(String(error));
  if (!found) return error;
  const [, kernel, backend] = found;
  return new Error(
    `VaeTrainer: backend '${backend}' lacks ${kernel}, which the model needs; leave prepareBackend on, or choose another backend`,
  );
}
