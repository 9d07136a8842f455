/** What people call the fields of a `Batch` elsewhere, and what to write instead. */
export const namesElsewhere: Readonly<Record<string, string>> = {
  xs: 'x',
  ys: 'target (what is reconstructed) or condition (what the networks are told)',
  y: 'target (what is reconstructed) or condition (what the networks are told)',
  sampleWeight: 'weights',
};
