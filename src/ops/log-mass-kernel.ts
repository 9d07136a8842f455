/**
 * The kernel that computes `log p(x)` of each element of a `Bernoulli` in one pass, on backends that were prepared and
 * have one. Takes `logits` and `x`, float32 and of one shape.
 */
export const logMassKernel = 'TfjsVaeLogMass';
