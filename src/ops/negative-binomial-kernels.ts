/**
 * The kernels of a `NegativeBinomial`, in one pass each, on backends that were prepared and have them.
 *
 * The first takes `logMean`, `logDispersion` and `x`, float32, the shape of each the last axes of the longest, and gives
 * `log p(x)` of each element with its derivatives by the first two. The second takes `dy`, these derivatives, and
 * `logMean` and `logDispersion` for their shapes, and gives the gradients. It has no gradient itself, so that a second
 * derivative throws.
 */
export const negativeBinomialKernel = 'TfjsVaeNegativeBinomial';
export const negativeBinomialGradKernel = 'TfjsVaeNegativeBinomialGrad';
