import { type BackendReport, prepareBackend } from 'tfjs-vae';

/** Kernels are the process's: each measurement asks for those it wants. */
export class Kernels {
  #report: BackendReport | undefined;

  readonly stock = async (): Promise<void> => {
    this.#report?.restore();
    this.#report = undefined;
  };

  readonly prepared = async (): Promise<void> => {
    this.#report ??= await prepareBackend();
  };

  /** Whether the active backend has anything to prepare. */
  async differ(): Promise<boolean> {
    await this.prepared();
    return this.#report!.changes.length > 0;
  }
}
