import * as tf from '@tensorflow/tfjs';
import { familyRows } from '../../families/table';
import { flat, type ParityRow, tensor, tensorsOf } from '../row';

/** The links of every family of the table: from raw numbers to parameters. */
export const linkRows: readonly ParityRow[] = familyRows.map(({ name, of, family, size, golden }) => ({
  name: `the links of ${name}`,
  of: of ? [of] : [],
  run: () =>
    golden.flatMap(({ raw, variables: values = {}, target }) => {
      const variables = family.createVariables?.([size]) ?? {};
      for (const [path, value] of Object.entries(values)) variables[path]!.assign(tensor(value));
      const training = target !== undefined;
      const context = { variables, eventRank: 1, training, ...(target !== undefined && { target: tensor(target) }) };
      const made = Object.values(family.distribution(tensorsOf(raw), context).params).map(t => tf.clone(t));
      for (const v of Object.values(variables)) v.dispose();
      return made;
    }),
  golden: golden.flatMap(({ params }) => Object.values(params).map(flat)),
}));
