import { couplingFlow, flowFamily, normalFamily, planarFlow } from 'tfjs-vae';
import golden from '../golden/families.json';
import type { FamilyRow } from './row';

const { rows } = golden;
const shared = { of: 'flowFamily', size: 3 };

export const flowFamilyRows: readonly FamilyRow[] = [
  {
    ...shared,
    name: 'flow, planar',
    family: flowFamily({ base: normalFamily(), flow: [planarFlow({ steps: 1 })] }),
    golden: [rows['flow, planar']],
  },
  {
    ...shared,
    name: 'flow, coupling with context',
    family: flowFamily({ base: normalFamily(), flow: [couplingFlow({ steps: 1, hidden: 2, context: 2, seed: 3 })] }),
    golden: [rows['flow, coupling with context']],
  },
];
