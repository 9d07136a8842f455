/** Adds what to do to the error of tfjs for a kernel that a backend lacks; other errors stay as they are. */
export function explained(error: unknown): unknown {
  const found = /kernel '(\w+)' .*backend '(\w+)'/i.exec(String(error));
  if (!found) return error;
  const [, kernel, backend] = found;
  return new Error(
    `VaeTrainer: backend '${backend}' lacks ${kernel}, which the model needs; leave prepareBackend on, or choose another backend`,
  );
}
