import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { upToDate } from '../../scripts/readme';
import { attentions } from '../../src/attention';

const root = path.join(__dirname, '..', '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

describe('README.md', () => {
  it('shows the variants as they are (npm run readme)', () => {
    expect(upToDate(readme)).to.equal(readme);
    for (const name of Object.keys(attentions)) expect(readme).to.include(`\`${name}\``);
  });

  it('links to files that exist and names commands that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map((match) => match[1] as string);
    expect(links.length).to.be.above(3);
    for (const link of links) expect(existsSync(path.join(root, link)), link).to.equal(true);
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = [...readme.matchAll(/(?:`|^)npm (?:run )?([a-z]+)/gm)].map(
      (match) => match[1] as string,
    );
    for (const command of commands.filter((word) => !['install', 'pack', 'ci'].includes(word))) {
      expect(scripts, command).to.have.property(command);
    }
  });
});
