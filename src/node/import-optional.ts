/**
 * The package that `load` imports, or an error that says how to get it.
 *
 * `load` holds the literal `import('name')`, so that bundlers and package checks see it.
 */
export async function importOptional<T>(owner: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new Error(`${owner}: needs the package ${name}, which is not installed: npm install ${name}`, { cause });
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
