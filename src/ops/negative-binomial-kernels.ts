/**
 * The kernels that compute `log p(x)` of each element of a `NegativeBinomial`, and its gradients, in one pass each, on
 * backends that were prepared and have them. They take `logMean`, `logDispersion` and `x`, float32, the shape of each the
 * last axes of the longest; the second takes `dy` too and returns the gradients by the first two, of their shapes.
 */
export const negativeBinomialKernel = 'TfjsVaeNegativeBinomial';
export const negativeBinomialGradKernel = 'TfjsVaeNegativeBinomialGrad';
