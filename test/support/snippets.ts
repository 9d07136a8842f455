import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A TypeScript module made of the code of a page; every line of code stands on the line it has in the page. */
export type SnippetModule = { path: string; code: string };

export type SnippetOptions = {
  /** For running: without the blocks marked `no-run`, with one epoch and few examples. */
  runnable?: boolean;
  /** Whether a block sees the names of the blocks above it. Default true. */
  shared?: boolean;
  /** Imports and declarations that come before everything, without a line break. */
  preamble?: readonly string[];
};

/** A fence, in a page or in a doc comment, or a hidden block: an HTML comment that begins with `ts`. */
const OPEN = /^\s*(?:\* )?(?:```ts(?<noRun> no-run)?|<!-- ts)\s*$/;
const CLOSE = /^\s*(?:\* )?(?:```|-->)\s*$/;
const IMPORT = /^import\s[^;]*;/gm;

/**
 * The `ts` blocks of a page as one module. Each block is nested in the one above it, so it sees the names from there
 * and may declare them anew; imports move to the first line, each once.
 */
export function snippetModule(path: string, options: SnippetOptions = {}): SnippetModule {
  const { runnable = false, shared = true, preamble = [] } = options;
  const isPage = path.endsWith('.md');
  const imports = new Set<string>();
  const lines: string[] = [];
  let block: string[] | undefined;
  let skipped = false;
  let depth = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const open = block === undefined ? OPEN.exec(line) : null;
    if (open) {
      block = [];
      skipped = runnable && open.groups?.['noRun'] !== undefined;
      lines.push(skipped ? '' : '{');
    } else if (block && CLOSE.test(line)) {
      const code = block.join('\n').replace(IMPORT, text => {
        if (!skipped) for (const one of singleImports(text)) imports.add(one);
        return text.replace(/[^\n]/g, '');
      });
      lines.push(...(skipped ? code.replace(/[^\n]/g, '') : code).split('\n'), shared || skipped ? '' : '}');
      if (shared && !skipped) depth++;
      block = undefined;
    } else if (block) {
      block.push(isPage ? line : line.replace(/^\s*\* ?/, ''));
    } else {
      lines.push('');
    }
  }
  if (block) throw new Error(`${path}: a ts block is not closed`);
  const known = [...imports, ...preamble.filter(text => !imports.has(text))];
  lines[0] = [...known, 'export {};', lines[0]].join(' ');
  const code = lines.join('\n') + '}'.repeat(depth);
  return { path, code: runnable ? shrunk(code) : code };
}

/** The pages show numbers that train well; their code runs here to be seen to work. */
function shrunk(code: string): string {
  return code.replace(/\bepochs: \d+/g, 'epochs: 1').replace(/\bcount: \d{4,}/g, 'count: 160');
}

/** `import { a, type b } from 'm';` as one import for each name, so that pages may name one twice. */
function singleImports(text: string): string[] {
  const [statement] = ts.createSourceFile('import.ts', text, ts.ScriptTarget.ES2022).statements;
  if (!statement || !ts.isImportDeclaration(statement)) throw new Error(`not an import: ${text}`);
  const from = (statement.moduleSpecifier as ts.StringLiteral).text;
  const clause = statement.importClause;
  if (!clause?.namedBindings || ts.isNamespaceImport(clause.namedBindings)) return [text.replace(/\s+/g, ' ')];
  const isType = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return clause.namedBindings.elements.map(({ name, propertyName, isTypeOnly }) => {
    const renamed = propertyName ? `${propertyName.text} as ${name.text}` : name.text;
    return `import { ${isType || isTypeOnly ? 'type ' : ''}${renamed} } from '${from}';`;
  });
}

/** What TypeScript calls a name, a type, or all names of a destructuring that nothing uses. */
const UNUSED = new Set([6133, 6196, 6198]);

/** Type errors of all modules under the project's own options, as `page:line message`. */
export function typeErrors(modules: readonly { file: string; module: SnippetModule }[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd(), undefined, 'tsconfig.json');
  const program = ts.createProgram(
    modules.map(({ file }) => file),
    { ...options, types: [...(options.types ?? []), 'vite/client'] }, // for `?url`
  );
  return modules.flatMap(({ file, module }) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].flatMap(found => {
      const line = source.getLineAndCharacterOfPosition(found.start ?? 0).line + 1;
      // Examples may name a result that they do not go on to use; an import that a page does not use is stale.
      const isUnused = UNUSED.has(found.code);
      if (isUnused && (line > 1 || !module.path.endsWith('.md'))) return [];
      return [`${module.path}:${line} ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`];
    });
  });
}
