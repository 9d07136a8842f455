/** Table of the reflected polynomial 0xEDB88320. */
let table: Uint32Array | undefined;

/**
 * CRC-32 of ISO 3309, as in PNG and gzip: notices any single run of 32 damaged bits.
 *
 * @param before The checksum of the bytes before these, where there are some.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
