import { readdirSync, readFileSync } from 'node:fs';
import { longFiles } from './rooms/long-files';
import { wrongImports } from './rooms/wrong-imports';

/** Whether every import of `src` keeps the order of the rooms, and every file is short. */
const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));
const files = Object.fromEntries(paths.map(path => [path, readFileSync(`src/${path}`, 'utf8')]));
const wrong = [...wrongImports(files), ...longFiles(files)];
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exitCode = 1;
else console.log(`The imports of ${paths.length} files keep the order of the rooms, and no file is too long.`);
