// What runs in Chromium: bench/browser.ts opens this page and hands it jobs.
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import { runJob } from './jobs';
import { pace } from './pace';

type Gpu = { requestAdapter(): Promise<{ info: Record<'vendor' | 'architecture' | 'description', string> } | null> };

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
tf.enableProdMode();

/** Makes a backend the active one. What the device is called; nothing where the backend does not load here. */
async function activate(backend: string): Promise<string | undefined> {
  if (!(await tf.setBackend(backend).catch(() => false))) return undefined;
  await tf.ready();
  if (backend === 'webgl') return webglDevice();
  if (backend === 'webgpu') return webgpuDevice();
  return crossOriginIsolated ? 'shared memory' : 'one thread';
}

function webglDevice(): string {
  const gl = document.createElement('canvas').getContext('webgl2')!;
  const { UNMASKED_RENDERER_WEBGL = gl.RENDERER } = gl.getExtension('WEBGL_debug_renderer_info') ?? {};
  return String(gl.getParameter(UNMASKED_RENDERER_WEBGL));
}

async function webgpuDevice(): Promise<string> {
  const adapter = await (navigator as unknown as { gpu: Gpu }).gpu.requestAdapter();
  const { vendor, architecture, description } = adapter!.info;
  return [vendor, architecture, description].filter(Boolean).join(' ');
}

Object.assign(window, { bench: { activate, runJob, pace } });
