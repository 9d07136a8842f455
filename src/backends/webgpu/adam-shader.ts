/** Threads of one work group; each takes every so many-th value. */
export const GROUP = 256;

/**
 * One Adam update, in place. Only the device knows its number, and whether it is made.
 *
 * The flag is looked at as bits: tfjs leaves an integer 1 where it casts a boolean to float32, and the bits of 0 are the
 * same for both.
 *
 * `1 − βᵗ = −expm1(t·log β)` by its series near 0, where `1 − exp` has no digits left; what the series leaves out is
 * below 1e-9.
 */
export const adamShader = /* wgsl */ `
struct Numbers { beta1: f32, gain1: f32, beta2: f32, gain2: f32, log1: f32, log2: f32, rate: f32, epsilon: f32, decay: f32 }
@group(0) @binding(0) var<storage, read_write> theta: array<f32>;
@group(0) @binding(1) var<storage, read_write> m: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read> gradient: array<f32>;
@group(0) @binding(4) var<storage, read> count: array<f32>;
@group(0) @binding(5) var<storage, read> finite: array<u32>;
@group(0) @binding(6) var<uniform> numbers: Numbers;

fn correction(logBeta: f32) -> f32 {
  let x = count[0] * logBeta;
  if (x < -0.3) { return 1.0 - exp(x); }
  return -x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0))))));
}

@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  if (finite[0] == 0u) { return; }
  let stepSize = numbers.rate / correction(numbers.log1);
  let scale2 = inverseSqrt(correction(numbers.log2));
  for (var i = id.x; i < arrayLength(&gradient); i += groups.x * ${GROUP}u) {
    let g = gradient[i];
    let first = numbers.beta1 * m[i] + numbers.gain1 * g;
    let second = numbers.beta2 * v[i] + numbers.gain2 * (g * g);
    let moved = stepSize * first / (sqrt(second) * scale2 + numbers.epsilon);
    theta[i] = theta[i] - (numbers.decay * theta[i] + moved);
    m[i] = first;
    v[i] = second;
  }
}
`;
