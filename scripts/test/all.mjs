// `npm test`: every section runs, whatever the others did; the last line is the one number that matters
import { bold, dim, green, red, say, seconds, Trouble } from '../lib/console.mjs';
import { sections } from './sections.mjs';

const names = sections.map(({ name }) => name);
const usage = `npm test [-- --only a,b | --skip a,b | --no-native]

Sections: ${names.join(', ')}
  --only       run these sections (and the set-up)
  --skip       leave these sections out
  --no-native  the same as --skip tensorflow, for machines where \`npm run native\` cannot work`;

/** The sections that the arguments choose, or nothing when the arguments are wrong. */
function choose(args) {
  let chosen = names;
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = args[i].split('=');
    if (flag === '--no-native') chosen = chosen.filter((name) => name !== 'tensorflow');
    else if (flag === '--only' || flag === '--skip') {
      const listed = (inline ?? args[++i] ?? '').split(',');
      if (listed.some((name) => !names.includes(name))) return undefined;
      chosen = chosen.filter((name) => listed.includes(name) === (flag === '--only') || name === 'setup');
    } else return undefined;
  }
  return sections.filter(({ name }) => chosen.includes(name));
}

async function runSection(section) {
  const began = performance.now();
  console.log(bold(`\n━━ ${section.title}`));
  let counts;
  try {
    counts = await section.run();
  } catch (error) {
    console.error(error instanceof Trouble ? red(`✗ ${error.message}`) : error);
    counts = { passed: 0, failed: 1 };
  }
  return { ...section, ...counts, time: seconds(began) };
}

/** What `npm test` does with its arguments; resolves with the exit code. */
export async function test(args) {
  const chosen = choose(args);
  if (!chosen) {
    console.log(usage);
    return args.includes('--help') ? 0 : 2;
  }
  const began = performance.now();
  const results = [];
  for (const section of chosen) {
    const result = await runSection(section);
    results.push(result);
    if (section.required && result.failed > 0) break;
  }
  console.log(bold(`\n━━ Summary · ${seconds(began)}`));
  for (const { title, passed, failed, time } of results)
    say(
      `${failed ? red('✗') : green('✓')} ${title.padEnd(34)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${time.padStart(9)}`,
    );
  const left = names.filter((name) => !results.some((result) => result.name === name));
  if (left.length > 0) say(dim(`not run: ${left.join(', ')}`));
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  console.log(`${total('passed')} passed, ${total('failed')} failed`);
  return total('failed') > 0 ? 1 : 0;
}
