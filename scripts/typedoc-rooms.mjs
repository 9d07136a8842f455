/**
 * For the API reference: names by room, in the order of the README; guides by their titles; options on the page of the
 * function that takes them.
 */
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** What the rooms of `src` are called in the README. */
const ROOMS = {
  backends: 'Backends',
  data: 'Data',
  datasets: 'Data sets',
  distributions: 'Distributions',
  evaluation: 'Evaluation',
  families: 'Families',
  flows: 'Flows',
  io: 'Files',
  latent: 'Latent space',
  layers: 'Layers',
  losses: 'Losses',
  models: 'Models',
  objectives: 'Objectives',
  ops: 'Tensor functions',
  optimizers: 'Optimizers',
  random: 'Random numbers',
  schedules: 'Schedules',
  training: 'Training',
  variables: 'Variables',
};

/** Rooms that have an entry of their own, so that their names need no heading. */
const ENTRIES = ['node', 'web', 'parquet'];

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [first] = document.content;
    const title = /^# (.*)$/m.exec(first?.text ?? '');
    if (title) document.name = title[1];
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, context => {
    for (const module of context.project.getChildrenByKind(ReflectionKind.Module)) {
      for (const reflection of module.children ?? []) {
        const room = roomOf(context, reflection);
        if (!room) continue;
        const of = [reflection, ...(reflection.signatures ?? [])];
        for (const { comment } of of) comment?.blockTags.push(categoryTag(room));
        if (!of.some(({ comment }) => comment)) reflection.comment = new Comment([], [categoryTag(room)]);
        if (reflection.kindOf(ReflectionKind.TypeAlias) && reflection.name.endsWith('Options')) {
          reflection.comment.modifierTags.add('@expand');
        }
      }
    }
  });
}

function categoryTag(room) {
  return new CommentTag('@category', [{ kind: 'text', text: room }]);
}

function roomOf(context, reflection) {
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
  const [, folder, below] = /\/src\/([^/]+)\/(.*)$/.exec(file ?? '') ?? [];
  if (folder === undefined || ENTRIES.includes(folder)) return undefined;
  if (folder === 'training' && /^(callbacks|checkpoint)/.test(below)) return 'Callbacks';
  if (folder === 'data' && /(reader|rows|byte-source|url-bytes|file-store)/.test(below))
    return 'Data larger than memory';
  if (!(folder in ROOMS)) throw new Error(`typedoc-rooms: what is ${folder} called in the README?`);
  return ROOMS[folder];
}
