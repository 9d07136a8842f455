import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { manifestWith, pageWith, toAddress } from '../../scripts/repository/addresses';

const address = 'https://github.com/owner/name';

test('an address is that of a repository on GitHub', () => {
  for (const text of [address, `${address}/`, `${address}.git`]) expect(toAddress(text)).toBe(address);
  for (const text of [undefined, '', 'owner/name', 'https://github.com/owner', 'http://github.com/owner/name']) {
    expect(() => toAddress(text)).toThrow('expected an address like https://github.com/OWNER/NAME');
  }
});

test('package.json gets repository, homepage and bugs, and keeps everything else', () => {
  const before = readFileSync('package.json', 'utf8');
  const after = manifestWith(address, before);
  const { repository, homepage, bugs, ...rest } = JSON.parse(after);
  expect({ repository, homepage, bugs }).toEqual({
    repository: { type: 'git', url: 'git+https://github.com/owner/name.git' },
    homepage: 'https://github.com/owner/name#readme',
    bugs: { url: 'https://github.com/owner/name/issues' },
  });
  const { repository: _, homepage: __, bugs: ___, ...given } = JSON.parse(before);
  expect(rest).toEqual(given);
  expect(manifestWith(address, after)).toBe(after);
});

test('the links of README.md become absolute, and lead to files that are there', () => {
  const before = readFileSync('README.md', 'utf8');
  const after = pageWith(address, before);
  const targets = [...after.matchAll(/\]\(([^)]+)\)/g)].map(match => match[1]!);
  expect(targets.filter(target => !/^(https?:|#)/.test(target))).toEqual([]);
  const ours = targets.filter(target => target.includes('owner/name')).map(target => target.split('/main/')[1]!);
  expect(ours.length).toBeGreaterThan(8);
  expect(ours.filter(path => !existsSync(path.split('#')[0]!))).toEqual([]);
  expect(after).toContain('](https://raw.githubusercontent.com/owner/name/main/docs/images/');
  expect(pageWith(address, after)).toBe(after);
  const moved = 'https://github.com/another/place';
  expect(pageWith(moved, after)).toBe(pageWith(moved, before));
});
