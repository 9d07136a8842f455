/**
 * Writes the address of the repository wherever it belongs: package.json, and the links of README.md and CHANGELOG.md.
 *
 * `npm run set-repository -- https://github.com/OWNER/NAME`; running it again changes the address.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { manifestWith, pageWith, toAddress } from './repository/addresses';

const address = toAddress(process.argv[2]);
const files = { 'package.json': manifestWith, 'README.md': pageWith, 'CHANGELOG.md': pageWith };
for (const [path, write] of Object.entries(files)) {
  const before = readFileSync(path, 'utf8');
  const after = write(address, before);
  if (after !== before) writeFileSync(path, after);
  console.log(`${path}: ${after === before ? 'as it was' : 'written'}`);
}
