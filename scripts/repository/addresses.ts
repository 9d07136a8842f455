/** `https://github.com/OWNER/NAME`, without `.git` or a slash at its end. */
export type Address = string;

/**
 * @throws When it is not the address of a repository on GitHub, which is what npm's provenance and the links need.
 */
export function toAddress(text: string | undefined): Address {
  const found = /^(https:\/\/github\.com\/[\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(text ?? '');
  if (!found) throw new Error(`expected an address like https://github.com/OWNER/NAME, got ${text}`);
  return found[1]!;
}

/** A package.json with `repository`, `homepage` and `bugs`, before `license`. */
export function manifestWith(address: Address, json: string): string {
  const { repository: _, homepage: __, bugs: ___, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const ours = {
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git` },
  };
  const entries = Object.entries(rest);
  const at = entries.findIndex(([key]) => key === 'license');
  entries.splice(at, 0, ...Object.entries(ours));
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/**
 * A page of the repository's root whose links work on npm too: pages of ours at GitHub, pictures as raw files. Links
 * that an earlier run made are made anew, so that an address can change.
 */
export function pageWith(address: Address, markdown: string): string {
  const relative = markdown.replace(
    /\]\(https:\/\/(?:github\.com\/[\w.-]+\/[\w.-]+\/blob|raw\.githubusercontent\.com\/[\w.-]+\/[\w.-]+)\/main\//g,
    '](',
  );
  const raw = address.replace('https://github.com/', 'https://raw.githubusercontent.com/');
  return relative.replace(/(!?)\[([^\]]*)\]\((?!\w+:|#)([^)]+)\)/g, (_, picture, text, path) =>
    picture ? `![${text}](${raw}/main/${path})` : `[${text}](${address}/blob/main/${path})`,
  );
}
