/** Three 32-bit hashes of a string: FNV-1a steps from three bases, each finished by the mixer of MurmurHash3. */
export function hash(text: string): [number, number, number] {
  const mixed = [0x811c9dc5, 0x9747b28c, 0x3c6ef372].map(base => {
    let h = base;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  });
  return mixed as [number, number, number];
}
