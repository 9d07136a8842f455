/** Whether bytes begin as gzip does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: ArrayBuffer | Uint8Array): boolean {
  const [id1, id2] = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  return id1 === 0x1f && id2 === 0x8b;
}

/**
 * Unpacks gzip through the web-standard `DecompressionStream`, which Node 18 and browsers have.
 *
 * @throws When the data is damaged or cut short.
 */
export async function gunzip(bytes: ArrayBuffer | Uint8Array): Promise<ArrayBuffer> {
  try {
    const packed = new Blob([bytes as BlobPart]).stream();
    return await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`gunzip: the gzip data is damaged or cut short (${reason})`, { cause });
  }
}
