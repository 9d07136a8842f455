import { readDatabase, writeDatabase } from './targets-database';

/** Writes a file to `scheme://name`. */
export function browserWriter(scheme: string): ((name: string, bytes: Uint8Array) => Promise<void>) | undefined {
  if (scheme === 'indexeddb') return writeDatabase;
  if (scheme === 'localstorage') return writeLocalStorage;
  return scheme === 'downloads' ? download : undefined;
}

/** Reads a file from `scheme://name`. */
export function browserReader(scheme: string): ((name: string, address: string) => Promise<Uint8Array>) | undefined {
  if (scheme === 'indexeddb') return readDatabase;
  if (scheme === 'localstorage') return readLocalStorage;
  return scheme === 'http' || scheme === 'https' ? fetchBytes : undefined;
}

const keyOf = (name: string) => `tfjs-vae/${name}`;

async function writeLocalStorage(name: string, bytes: Uint8Array): Promise<void> {
  const text = toBase64(bytes);
  try {
    storage().setItem(keyOf(name), text);
  } catch (cause) {
    if ((cause as Error).name !== 'QuotaExceededError') throw cause;
    throw new Error(
      `its ${text.length} characters are more than localStorage has room for, about 5 million in all; take indexeddb://${name}`,
      { cause },
    );
  }
}

async function readLocalStorage(name: string): Promise<Uint8Array> {
  const text = storage().getItem(keyOf(name));
  if (text === null) throw new Error('there is no model of that name');
  return Uint8Array.from(atob(text), character => character.charCodeAt(0));
}

function storage(): Storage {
  if (typeof localStorage === 'undefined') throw new Error('only browsers have localStorage');
  return localStorage;
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // As arguments of one call, all of a large file would not fit on the stack.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** How long a download may take to begin, after which its bytes are let go of. */
const BEGIN = 40_000;

async function download(name: string, bytes: Uint8Array): Promise<void> {
  if (typeof document === 'undefined') throw new Error('only pages of browsers have downloads');
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  anchor.download = /\.\w+$/.test(name) ? name : `${name}.safetensors`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), BEGIN);
}

async function fetchBytes(_: string, address: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    // "fetch failed" does not say why; its cause does.
    const { message, cause: reason } = cause as Error;
    throw new Error(reason instanceof Error ? `${message} (${reason.message})` : message, { cause });
  }
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
}
